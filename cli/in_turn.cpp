// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/in_turn.hpp"

#include <chrono>
#include <random>
#include <thread>

#include "cli/cells.hpp"
#include "cli/cluster_wait.hpp"
#include "cli/console.hpp"
#include "cli/plan_text.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kLongestWait{60};

// Of those that wait, none is always the last.
void wait_a_moment() {
  std::random_device chance;
  std::this_thread::sleep_for(std::chrono::milliseconds(std::uniform_int_distribution(50, 250)(chance)));
}

// No node has tried it.
bool was_not_first(const Call& call, const json& answer) {
  const json& asked = member(answer, "cluster");
  if (!asked.is_object()) return false;
  const auto status = call.client.get("/v1/cluster");
  return status && refusal_of(*status, text_at(asked, "id"));
}

}   // namespace

Outcome change_in_turn(const Call& call, const std::function<ApiResult()>& ask) {
  for (const auto begun = Clock::now();; wait_a_moment()) {
    const bool is_late = Clock::now() - begun > kLongestWait;
    const auto answer = ask();
    if (!answer) {
      if (answer.error().error.kind == ErrorKind::kBusy && !is_late) continue;
      return std::unexpected(answer.error());
    }
    const Outcome outcome = show_change(call, *answer);
    if (outcome || outcome.error().error.kind != ErrorKind::kRolledBack || is_late ||
        !was_not_first(call, *answer))
      return outcome;
    call.console.err("another change was made first: once more");
  }
}

}   // namespace sluice::cli
