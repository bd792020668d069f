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

// Of what is being tried, or came to nothing last.
std::string id_in(const json& said) { return text_at(member(said, "revision"), "id"); }

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
  std::string text = "it came to nothing, and what was in force is again";
  const json& withdrawn = member(status, "withdrawn");
  if (id_in(withdrawn) == id)
    text += ": " + text_at(withdrawn, "why");
  else if (const json* refused = refusal_of(status, id))
    text += ": " + text_at(*refused, "why");
  return {std::move(text), ErrorKind::kRolledBack};
}

// What became of it at this gateway, which has another document now: the history knows whether it was settled
// before, or came to nothing.
Outcome verdict_of_history(const Call& call, const json& status, const std::string& id, int64_t revision) {
  const json told = TRY(call.client.get("/v1/history"));
  for (const json& row : member(told, "history"))
    if (member(row, "rev") == revision && text_at(row, "result") == "confirmed") {
      call.console.err("it was in force at all nodes of cluster " + text_at(status, "name") +
                       ", and another change followed");
      return tell_degraded(call, status);
    }
  return std::unexpected(ApiError(came_to_nothing(status, id)));
}

// What a look at the cluster says of the change; nullopt: it is not decided.
using Verdict = std::optional<Outcome>;

bool is_listed(const json& status) {
  return std::ranges::any_of(member(status, "nodes"), [](const json& node) {
    return member(node, "own") == true && member(node, "in_step") == true;
  });
}

// It has what it had before: others have another one, and it was not said that theirs may come in its place.
Outcome turned_away(const Call& call, int64_t revision) {
  const json told = TRY(call.client.get("/v1/history"));
  std::string why = "it is a node of no cluster any more";
  for (const json& row : member(told, "history"))
    if (member(row, "rev") == revision && text_at(row, "result") == "rolled-back")
      why = text_at(row, "result_why");
  return std::unexpected(ApiError(Error{"this gateway is as it was: " + why, ErrorKind::kRolledBack}));
}

// Of one that is not done; nullopt: it may be soon.
Verdict verdict_of_waiting(const Call& call, const json& status) {
  if (member(status, "awaits_document") == true) {
    call.console.err("this gateway is a node now, and waits for one that has a document");
    return kExitDone;
  }
  if (member(status, "document_trouble").is_string())
    return Outcome(fail("the gateway is a node now, and does not have the cluster's document: " +
                        text_at(status, "document_trouble")));
  if (!member(status, "trouble").is_string()) return std::nullopt;
  const std::string_view what =
      member(status, "joining") == true
          ? "the gateway tries for a minute to reach the others, and then is as it was: "
          : "the gateway is a node now, and goes on trying to reach the others: ";
  return Outcome(fail(std::string(what) + text_at(status, "trouble")));
}

Verdict verdict_of_join(const Call& call, const json& status, int64_t revision, Clock::duration waited) {
  if (!member(status, "name").is_string()) return turned_away(call, revision);
  if (member(status, "in_step") != true || !is_listed(status))
    return waited < kTimeToReach ? std::nullopt : verdict_of_waiting(call, status);
  if (const json& replaced = member(status, "replaced"); replaced.is_number())
    call.console.err(
        fmt::format("the document of the cluster, made at {} at {}, is in the place of revision {}: after "
                    "`sluice cluster leave`, `sluice rollback {}` brings that back",
                    text_at(member(status, "revision"), "node"), text_at(member(status, "revision"), "when"),
                    replaced.get<int64_t>(), replaced.get<int64_t>()));
  call.console.err("this gateway has the document of " + nodes_text(status));
  return tell_degraded(call, status);
}

Verdict verdict_of_change(const Call& call, const json& status, const std::string& id, int64_t revision) {
  const json& proposal = member(status, "proposal");
  if (text_at(member(status, "revision"), "id") == id && is_everywhere(status)) {
    call.console.err("it is in force at " + nodes_text(status));
    return tell_degraded(call, status);
  }
  if (id_in(proposal) == id && member(proposal, "waits") == true && member(status, "complete") == true) {
    call.console.err(
        fmt::format("it is in force at {}, and waits to be confirmed at any of them", nodes_text(status)));
    return tell_degraded(call, status);
  }
  if (text_at(status, "id") == id) return std::nullopt;
  if (id_in(proposal) == id) return std::nullopt;   // why it came to nothing is told when it is withdrawn
  return verdict_of_history(call, status, id, revision);
}

}   // namespace

const json* refusal_of(const json& status, const std::string& id) {
  for (const json& one : member(status, "refused"))
    if (text_at(one, "id") == id) return &one;
  return nullptr;
}

Outcome await_cluster(const Call& call, const json& answer) {
  const json& asked = member(answer, "cluster");
  if (!asked.is_object()) return kExitDone;
  const std::string id = text_at(asked, "id");
  const bool joins = member(asked, "joins") == true;
  const int64_t revision = member(answer, "revision").is_number() ? answer["revision"].get<int64_t>() : 0;
  const Interrupt interrupt;
  for (const auto begun = Clock::now(); Clock::now() - begun < kAtMost;
       interrupt.wait(kLookEach, call.console.out_fd())) {
    if (interrupt.asked()) return fail("nobody waited for the other nodes");
    const json status = TRY(call.client.get("/v1/cluster"));
    const auto verdict = joins ? verdict_of_join(call, status, revision, Clock::now() - begun)
                               : verdict_of_change(call, status, id, revision);
    if (verdict) return *verdict;
  }
  return fail("the other nodes take longer: `sluice cluster status` says more");
}

}   // namespace sluice::cli
