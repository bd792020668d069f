// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice reachability status`: how this machine is reached behind somebody else's NAT; `test`: the same,
// after everybody was asked anew.
#include <fmt/format.h>

#include <chrono>
#include <thread>
#include <vector>

#include "cli/cells.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/reachability_view.hpp"
#include "cli/report.hpp"
#include "cli/terminal_text.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;
using enum Align;
using enum Show;

constexpr Column kPeers[] = {
    {"NETWORK", text<"network">}, {"PEER", text<"name">},
    {"STATE", text<"state">},     {"LAST HANDSHAKE", text<"last_handshake">},
    {"PATH", text<"path">},       {"ENDPOINT", text<"endpoint">, kLeft, kWide},
};

constexpr Column kPorts[] = {
    {"NETWORK", text<"network">},
    {"PORT", text<"port">, kRight},
    {"ROUTER", text<"status">},
    {"BY", text<"by">},
    {"OUTSIDE", endpoint<"external_ip", "external_port">},
    {"UNTIL", text<"until">},
    {"REASON", text<"reason">},
};

constexpr Column kSeen[] = {
    {"NETWORK", text<"network">},
    {"PORT", text<"port">, kRight},
    {"SEEN AS", text<"mapped">},
    {"OPEN AT", text<"open">},
    {"FILTERING", text<"filtering">},
    {"SERVER", text<"server">},
    {"KEPT S", text<"mapping_lifetime">, kRight},
};

constexpr Column kLayers[] = {
    {"NAT", text<"kind">},          {"OUTSIDE", text<"outside">},
    {"MAPPING", text<"mapping">},   {"FILTERING", text<"filtering">},
    {"PORT BY", text<"mapped_by">},
};

std::string list_of(std::span<const Column> columns, const json& rows, const Look& look) {
  return rows.is_array() && !rows.empty() ? "\n" + render_table(columns, rows, look) : "";
}

std::string reachability_text(const json& status, const Look& look) {
  const std::vector<Pair> pairs = {{"path", text_at(status, "path")},
                                   {"endpoint", text_at(status, "endpoint")},
                                   {"NAT", text_at(status, "nat")},
                                   {"relay", text_at(member(status, "relay"), "server")},
                                   {"router", text_at(member(status, "upnp"), "router")},
                                   {"name", text_at(member(status, "dns"), "subdomain")},
                                   {"name is", text_at(member(status, "dns"), "status")}};
  return render_pairs(pairs) + list_of(kLayers, member(status, "layers"), look) +
         list_of(kPorts, member(member(status, "upnp"), "ports"), look) +
         list_of(kSeen, member(member(status, "stun"), "ports"), look) +
         list_of(kPeers, member(member(status, "wireguard"), "peers"), look);
}

constexpr const char* kStatus = "/v1/device/status";
constexpr std::chrono::seconds kTestPatience{90};   // longer than every way of asking together
constexpr std::chrono::milliseconds kLookWhetherTested{200};

// What is known when the test is over.
ApiResult await_test(const Client& client, const json& number) {
  const auto latest = std::chrono::steady_clock::now() + kTestPatience;
  while (true) {
    json status = TRY(client.get(kStatus));
    const json& test = member(status, "test");
    if (member(test, "number") != number)
      return fail("sluiced was started again, or has another document: nobody waits for the test any more");
    if (member(test, "running") != true) return status;
    if (std::chrono::steady_clock::now() >= latest)
      return fail(
          fmt::format("the test is not over after {} s: `sluice reachability status` says what is known",
                      kTestPatience.count()));
    std::this_thread::sleep_for(kLookWhetherTested);
  }
}

}   // namespace

Outcome run_reachability_status(Call& call) {
  if (wants_view(call)) {
    json status = TRY(call.client.get(kStatus));
    if (const auto ended = view_reachability(call, std::move(status))) return *ended;
  }
  const View view{.fetch = [&] { return call.client.get(kStatus); }, .table = reachability_text};
  TRY(report(call, view));
  return kExitDone;
}

Outcome run_reachability_test(Call& call) {
  const json begun = TRY(call.client.post("/v1/reachability/test", json::object()));
  const json status = TRY(await_test(call.client, member(begun, "number")));
  call.console.out(render(call, {.fetch = {}, .table = reachability_text}, status));
  if (const json& path = member(status, "path"); path.is_string() && path != "none") return kExitDone;
  call.console.err("sluice: reachability test: nobody gets through: the path is none");
  return kExitFailed;
}

}   // namespace sluice::cli
