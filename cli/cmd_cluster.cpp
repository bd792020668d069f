// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice cluster join`, `leave`, `yield` and `status`: several gateways with one document.
#include <fmt/format.h>

#include <chrono>

#include "cli/arguments.hpp"
#include "cli/cells.hpp"
#include "cli/change_request.hpp"
#include "cli/columns.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/interrupt.hpp"
#include "cli/plan_text.hpp"
#include "cli/report.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLookAtOthers{50};
constexpr std::chrono::seconds kTimeToYield{8};

std::string word_of_state(const json& status) {
  if (member(status, "trouble").is_string()) return "alone: " + text_at(status, "trouble");
  const json& lack = member(status, "document_trouble");
  if (lack.is_string()) return "behind: " + lack.get<std::string>();
  if (member(status, "proposal").is_object()) return "changing";
  if (member(status, "awaits_document") == true) return "waits for a node that has a document";
  return member(status, "in_step") == true ? "in step" : "behind";
}

std::string shared_revision_text(const json& revision) {
  return fmt::format("{} of {} by {}, {}", text_at(revision, "number"), text_at(revision, "node"),
                     text_at(revision, "who"), text_at(revision, "when"));
}

// "gw2 in-step, 60 ms ago".
std::string sync_text(const json& sync) {
  std::string text;
  for (const json& peer : member(sync, "peers")) {
    text += text.empty() ? "" : "; ";
    text +=
        text_at(peer, member(peer, "node").is_string() ? "node" : "address") + " " + text_at(peer, "state");
    if (member(peer, "behind_ms").is_number())
      text += fmt::format(", {} ms ago", member(peer, "behind_ms").get<int64_t>());
    if (member(peer, "trouble").is_string()) text += ": " + text_at(peer, "trouble");
  }
  return text;
}

// "203.0.113.254 established; 192.168.10.254 connect (metric 83)".
std::string routers_text(const json& routers) {
  std::string text;
  for (const json& session : member(routers, "sessions"))
    text += (text.empty() ? "" : "; ") + text_at(session, "address") + " " + text_at(session, "state");
  return fmt::format("{} (metric {})", text, text_at(routers, "metric"));
}

std::string cluster_text(const json& status, const Look& look) {
  if (!member(status, "name").is_string()) return "this gateway is a node of no cluster\n";
  std::string text = fmt::format("cluster   {}\nnode      {}\nstate     {}\n", text_at(status, "name"),
                                 text_at(status, "node"), word_of_state(status));
  if (member(status, "revision").is_object())
    text += fmt::format("revision  {}\n", shared_revision_text(member(status, "revision")));
  if (member(status, "proposal").is_object()) {
    const json& proposal = member(status, "proposal");
    text += fmt::format("proposed  {}{}\n", shared_revision_text(member(proposal, "revision")),
                        member(proposal, "waits") == true ? ", waits to be confirmed" : "");
  }
  if (const json& routers = member(status, "routers"); routers.is_object())
    text += fmt::format("routers   {}\n", routers_text(routers));
  if (const json& sync = member(status, "sync"); sync.is_object())
    text += fmt::format("flows     {}\n", sync_text(sync));
  return text + "\n" + render_table(cluster_node_columns(), member(status, "nodes"), look);
}

}   // namespace

Outcome run_cluster_join(Call& call) {
  const Arguments& arguments = call.arguments;
  json body = {{"name", arguments.operands[0]}, {"node", arguments.operands[1]}};
  put_list(body, "etcd", arguments, "etcd");
  put_value(body, "ca_file", arguments, "ca-file");
  put_value(body, "cert_file", arguments, "cert-file");
  put_value(body, "key_file", arguments, "key-file");
  put_switch(body, "replace", arguments, "replace");
  put_author(body, arguments);
  return show_change(call, TRY(call.client.post("/v1/cluster/join", body)));
}

Outcome run_cluster_leave(Call& call) {
  json body = json::object();
  put_author(body, call.arguments);
  return show_change(call, TRY(call.client.post("/v1/cluster/leave", body)));
}

// Done when another node says that it has them.
Outcome run_cluster_yield(Call& call) {
  TRY(call.client.post("/v1/cluster/yield", json::object()));
  const Interrupt interrupt;
  for (const auto begun = Clock::now(); Clock::now() - begun < kTimeToYield;
       interrupt.wait(kLookAtOthers, call.console.out_fd())) {
    if (interrupt.asked()) break;
    const json status = TRY(call.client.get("/v1/cluster"));
    for (const json& node : member(status, "nodes"))
      if (member(node, "own") != true && text_at(node, "role") == "active") {
        call.console.err(text_at(node, "node") + " has the addresses");
        return kExitDone;
      }
  }
  return fail("no other node has the addresses yet: `sluice cluster status` says more");
}

Outcome run_cluster_status(Call& call) {
  const View view{
      .fetch = [&] { return call.client.get("/v1/cluster"); }, .table = cluster_text, .rows = "nodes"};
  TRY(report(call, view));
  return kExitDone;
}

}   // namespace sluice::cli
