// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice top`: what happens now, as tables on a screen with keys.
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/full_screen.hpp"
#include "cli/interrupt.hpp"
#include "cli/top_model.hpp"
#include "cli/top_source.hpp"

namespace sluice::cli {
namespace {

constexpr std::chrono::milliseconds kDrawnAtLeastEach{1000};   // it says how old it is
constexpr std::chrono::seconds kKillPatience{5};   // keys wait for as long as a daemon that is stuck

class TopView {
 public:
  TopView(const Client& client, FullScreen& screen, TopModel model)
      : client_(client), screen_(screen), model_(std::move(model)), source_(client) {}

  void run(const Interrupt& interrupt, int in_fd) {
    while (!interrupt.asked() && !quits_) {
      source_.follow(model_.target());
      screen_.draw(model_.lines(screen_.size(), TopModel::Clock::now()));
      if (!interrupt.wait_for_key(kDrawnAtLeastEach, in_fd, source_.fd())) return;
      for (Typed typed = screen_.key(); typed.stroke != Stroke::kNone; typed = screen_.key()) heed(typed);
      hear();
    }
  }

 private:
  void heed(const Typed& typed) {
    const auto wish = model_.heed(typed, TopModel::page_of(screen_.size()));
    if (wish == TopModel::Wish::kQuit) quits_ = true;
    if (wish != TopModel::Wish::kKill) return;
    const auto killed = client_.remove(model_.doomed(), kKillPatience);
    if (killed)
      model_.answer("killed: " + killed->value("flow", ""), Tone::kGood);
    else
      model_.answer(killed.error().error.message, Tone::kBad);
  }

  // A key may have changed meanwhile what is to be followed: what came before is of another table.
  void hear() {
    source_.follow(model_.target());
    auto news = source_.take();
    if (!news) return;
    if (news->trouble)
      model_.lose(*news->trouble);
    else
      model_.take(std::move(news->line), TopModel::Clock::now());
  }

  const Client& client_;
  FullScreen& screen_;
  TopModel model_;
  TopSource source_;
  bool quits_ = false;
};

TopKind kind_of(std::string_view name) {
  const auto at = std::ranges::find(kTopNames, name);
  return at == kTopNames.end() ? TopKind::kFlows : static_cast<TopKind>(at - kTopNames.begin());
}

bool is_at_terminal(const Console& console) {
  return console.is_terminal() && ::isatty(console.in_fd()) == 1;
}

}   // namespace

Outcome run_top(Call& call) {
  // Who may not ask, or whom nobody answers, hears that as text. This costs the daemon nothing.
  if (is_at_terminal(call.console)) TRY(call.client.get("/v1/history?limit=1"));
  const Interrupt interrupt(Interrupt::Second::kAsks);
  const auto screen = FullScreen::open(call.console);
  if (!screen)
    return std::unexpected(ApiError(Error{
        "top: this is no terminal that can show it: `sluice show` and `sluice monitor` say the same as text",
        ErrorKind::kUsage}));
  TopModel model(kind_of(call.arguments.value("tab", "flows")), call.arguments.value("filter", ""));
  TopView(call.client, *screen, std::move(model)).run(interrupt, call.console.in_fd());
  return kExitDone;
}

}   // namespace sluice::cli
