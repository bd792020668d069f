// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/reachability_view.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "cli/arguments.hpp"
#include "cli/cells.hpp"
#include "cli/console.hpp"
#include "cli/full_screen.hpp"
#include "cli/interrupt.hpp"
#include "cli/reachability_lines.hpp"
#include "cli/terminal_text.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kBetweenLooks{1000};
constexpr std::chrono::seconds kPatience{2};   // keys wait for as long as a daemon that is stuck

enum class Pressed { kOther, kUp, kDown, kPageUp, kPageDown, kTest, kRefresh, kQuit };

Pressed pressed_of(const Typed& typed) {
  switch (typed.stroke) {
    case Stroke::kUp: return Pressed::kUp;
    case Stroke::kDown: return Pressed::kDown;
    case Stroke::kPageUp: return Pressed::kPageUp;
    case Stroke::kPageDown: return Pressed::kPageDown;
    case Stroke::kCharacter: break;
    default: return Pressed::kOther;
  }
  switch (typed.character) {
    case 'k': return Pressed::kUp;
    case 'j': return Pressed::kDown;
    case ' ': return Pressed::kPageDown;
    case 't':
    case 'T': return Pressed::kTest;
    case 'r':
    case 'R': return Pressed::kRefresh;
    case 'q':
    case 'Q': return Pressed::kQuit;
    default: return Pressed::kOther;
  }
}

class ReachabilityView {
 public:
  ReachabilityView(const Client& client, FullScreen& screen, json status)
      : client_(client), screen_(screen), status_(std::move(status)) {}

  void run(const Interrupt& interrupt, int in_fd) {
    look_at_relays();
    while (!interrupt.asked() && !quits_) {
      draw();
      const auto left = std::chrono::ceil<milliseconds>(next_ - steady_clock::now());
      if (left > milliseconds(0) && !interrupt.wait_for_key(left, in_fd)) return;
      for (Typed key = screen_.key(); key.stroke != Stroke::kNone; key = screen_.key()) heed(pressed_of(key));
      if (!interrupt.asked() && !quits_ && steady_clock::now() >= next_) look();
    }
  }

 private:
  void look() {
    auto status = client_.get("/v1/device/status", kPatience);
    if (status) {
      status_ = std::move(*status);
      trouble_.clear();
      look_at_relays();
    } else {
      fail_with(status.error());
    }
    next_ = steady_clock::now() + kBetweenLooks;
  }

  void look_at_relays() {
    if (!member(status_, "relay").is_object()) return void(relays_ = json::array());
    auto relays = client_.get("/v1/show/relays", kPatience);
    if (relays)
      relays_ = member(*relays, "relays");
    else
      fail_with(relays.error());
  }

  void test() {
    const auto begun = client_.post("/v1/reachability/test", json::object(), kPatience);
    refusal_ = begun ? "" : escape_for_terminal(begun.error().error.message);
    look();
  }

  void fail_with(const ApiError& error) { trouble_ = escape_for_terminal(error.error.message); }

  void heed(Pressed key) {
    const size_t page = screen_.size().height / 2;
    switch (key) {
      case Pressed::kQuit: quits_ = true; break;
      case Pressed::kTest: test(); break;
      case Pressed::kRefresh: look(); break;
      case Pressed::kUp: first_ -= first_ > 0 ? 1 : 0; break;
      case Pressed::kDown: ++first_; break;
      case Pressed::kPageUp: first_ -= std::min(first_, page); break;
      case Pressed::kPageDown: first_ += page; break;
      case Pressed::kOther: break;
    }
  }

  // What was known last stays there while nobody answers.
  void draw() {
    const auto now = std::chrono::system_clock::now();
    const ViewLine title{fmt::format("sluice: how this machine is reached, {}", rfc3339(now)), Tone::kHead};
    const ViewLine news{trouble_.empty() ? refusal_ : "still trying: " + trouble_, Tone::kBad};
    Frame frame = frame_of(title, reachability_lines(status_, relays_, now), news, screen_.size(), first_);
    first_ = frame.first;
    screen_.draw(frame.lines);
  }

  const Client& client_;
  FullScreen& screen_;
  json status_, relays_ = json::array();
  std::string trouble_, refusal_;   // nobody answered the last look; what was said to the last test
  steady_clock::time_point next_ = steady_clock::now() + kBetweenLooks;
  size_t first_ = 0;
  bool quits_ = false;
};

}   // namespace

std::optional<ExitStatus> view_reachability(const Call& call, json status) {
  const Interrupt interrupt(
      Interrupt::Second::kAsks);   // until the screen is left: it would end by one itself
  const auto screen = FullScreen::open(call.console);
  if (!screen) return std::nullopt;
  ReachabilityView(call.client, *screen, std::move(status)).run(interrupt, call.console.in_fd());
  return kExitDone;
}

bool wants_view(const Call& call) {
  return call.console.is_terminal() && ::isatty(call.console.in_fd()) == 1 && !call.arguments.has("output") &&
         !call.arguments.has("watch");
}

}   // namespace sluice::cli
