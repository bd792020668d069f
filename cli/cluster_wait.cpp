// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/cluster_wait.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "cli/cells.hpp"
#include "cli/console.hpp"
#include "cli/interrupt.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLookEach{50};
constexpr std::chrono::seconds kTimeToReach{5};
constexpr std::chrono::seconds kAtMost{120};   // longer than a change without a time of its own may take

std::string id_at(const json& status, const char* what) {
  const json& revision = std::string_view(what) == "revision" ? member(status, "revision")
                                                              : member(member(status, what), "revision");
  return text_at(revision, "id");
}

bool is_proposed(const json& status, const std::string& id) {
  return member(status, "proposal").is_object() && id_at(status, "proposal") == id;
}

// Each that is there has the document, whatever it lacks of it.
bool is_everywhere(const json& status) {
  return member(status, "in_step") == true &&
         std::ranges::all_of(member(status, "nodes"),
                             [](const json& node) { return member(node, "in_step") == true; });
}

// Said of each node that lacks something.
ExitStatus tell_degraded(const Call& call, const json& status) {
  ExitStatus result = kExitDone;
  for (const json& node : member(status, "nodes")) {
    const std::string state = text_at(node, "state");
    if (state == "running") continue;
    call.console.err(fmt::format("{} is {}: `sluice status` says why there", text_at(node, "node"), state));
    result = kExitDegraded;
  }
  return result;
}

std::string nodes_text(const json& status) {
  const size_t count = member(status, "nodes").size();
  return fmt::format("{} node{} of cluster {}", count, count == 1 ? "" : "s", text_at(status, "name"));
}

Error came_to_nothing(const json& status, const std::string& id) {
  if (member(status, "withdrawn").is_object() && id_at(status, "withdrawn") == id)
    return {
        "it came to nothing, and what was in force is again: " + text_at(member(status, "withdrawn"), "why"),
        ErrorKind::kRolledBack};
  std::string text = "it came to nothing, and what was in force is again";
  if (const json& refused = member(status, "refused"); text_at(refused, "id") == id)
    text += ": " + text_at(refused, "why");
  return {std::move(text), ErrorKind::kRolledBack};
}

// What a look at the cluster says of the change; nullopt: it is not decided.
using Verdict = std::optional<Outcome>;

Verdict everywhere(const Call& call, const json& status) {
  if (!is_everywhere(status)) return std::nullopt;
  call.console.err("it is in force at " + nodes_text(status));
  return tell_degraded(call, status);
}

bool is_listed(const json& status) {
  return std::ranges::any_of(member(status, "nodes"), [](const json& node) {
    return member(node, "own") == true && member(node, "in_step") == true;
  });
}

// What the others have is as good as what this gateway had.
Verdict verdict_of_join(const Call& call, const json& status, Clock::duration waited) {
  if (member(status, "in_step") != true || !is_listed(status)) {
    if (waited < kTimeToReach || !member(status, "trouble").is_string()) return std::nullopt;
    return Outcome(
        std::unexpected(ApiError(Error{"the gateway is a node now, and goes on trying to reach the others: " +
                                       text_at(status, "trouble")})));
  }
  call.console.err("this gateway has the document of " + nodes_text(status));
  return tell_degraded(call, status);
}

Verdict verdict_of_change(const Call& call, const json& status, const std::string& id) {
  if (id_at(status, "revision") == id)
    if (auto done = everywhere(call, status)) return done;
  if (is_proposed(status, id) && member(member(status, "proposal"), "waits") == true &&
      member(status, "complete") == true) {
    call.console.err(
        fmt::format("it is in force at {}, and waits to be confirmed at any of them", nodes_text(status)));
    return tell_degraded(call, status);
  }
  if (text_at(status, "id") != id) return Outcome(std::unexpected(ApiError(came_to_nothing(status, id))));
  return std::nullopt;
}

}   // namespace

Outcome await_cluster(const Call& call, const json& answer) {
  const json& asked = member(answer, "cluster");
  if (!asked.is_object()) return kExitDone;
  const std::string id = text_at(asked, "id");
  const bool joins = member(asked, "joins") == true;
  const Interrupt interrupt;
  for (const auto begun = Clock::now(); Clock::now() - begun < kAtMost;
       interrupt.wait(kLookEach, call.console.out_fd())) {
    if (interrupt.asked()) return std::unexpected(ApiError(Error{"nobody waited for the other nodes"}));
    const json status = TRY(call.client.get("/v1/cluster"));
    const auto verdict =
        joins ? verdict_of_join(call, status, Clock::now() - begun) : verdict_of_change(call, status, id);
    if (verdict) return *verdict;
  }
  return std::unexpected(ApiError(Error{"the other nodes take longer: `sluice cluster status` says more"}));
}

}   // namespace sluice::cli
