// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/doctor.hpp"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/utsname.h>

#include <thread>

#include "acme/installation.hpp"
#include "doctor/bridge_rules.hpp"
#include "doctor/carriers.hpp"
#include "doctor/default_ways.hpp"
#include "doctor/interfaces.hpp"
#include "doctor/leftovers.hpp"
#include "doctor/other_rules.hpp"
#include "doctor/pace.hpp"
#include "doctor/path_probe.hpp"
#include "doctor/sshd.hpp"
#include "doctor/state_folder.hpp"
#include "doctor/tunnels.hpp"
#include "front/installation.hpp"
#include "frr/installation.hpp"
#include "kernel/bpf/probe.hpp"
#include "kernel/ethtool/nic_settings.hpp"
#include "kernel/netlink/neighbours.hpp"
#include "kernel/netlink/socket.hpp"
#include "kernel/nft/probe.hpp"
#include "kernel/privileges.hpp"
#include "kernel/probe.hpp"
#include "kernel/sshd_sockets.hpp"
#include "model/capabilities.hpp"
#include "show/event_text.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;

std::string_view word_of(ProbeState state) {
  switch (state) {
    case ProbeState::kGood: return "ok";
    case ProbeState::kWarning: return "warning";
    case ProbeState::kBad: return "bad";
  }
  return "bad";
}

// `engine`: who needs it; null: all of them.
json json_of(const ProbeRow& row, const json& engine) {
  return {{"name", row.name},       {"engine", engine},     {"state", word_of(row.state)},
          {"finding", row.finding}, {"reason", row.reason}, {"remedy", row.remedy},
          {"gain", row.gain}};
}

// Old kernels are tried like new ones; the number only helps to understand what they refuse.
ProbeRow check_kernel() {
  utsname system{};
  uname(&system);
  int major = 0, minor = 0;
  std::sscanf(system.release, "%d.%d", &major, &minor);
  ProbeRow row{"kernel", ProbeState::kGood, fmt::format("Linux {}", system.release), "", "", ""};
  if (major > 5 || (major == 5 && minor >= 15)) return row;
  row.state = ProbeState::kWarning;
  row.reason = "it is older than any that sluice was run on";
  row.remedy = "use Linux 5.15 or newer";
  return row;
}

ProbeRow check_capabilities() {
  const bool all = has_capability(CAP_SYS_ADMIN);
  const bool bpf = all || (has_capability(CAP_BPF) && has_capability(CAP_PERFMON));
  if (!has_capability(CAP_NET_ADMIN))
    return {"capabilities",
            ProbeState::kBad,
            "CAP_NET_ADMIN is missing",
            "",
            "run as root, or give the service CAP_NET_ADMIN (AmbientCapabilities= in its unit)",
            "the gateway can be set up at all"};
  if (bpf)
    return {
        "capabilities", ProbeState::kGood, "CAP_NET_ADMIN, CAP_BPF and CAP_PERFMON are there", "", "", ""};
  return {"capabilities",
          ProbeState::kWarning,
          "CAP_BPF or CAP_PERFMON is missing",
          "",
          "run as root, or give the service both (AmbientCapabilities= in its unit)",
          "the eBPF engine"};
}

ProbeRow check_lockdown() {
  const std::string mode = lockdown_mode();
  if (mode != "integrity" && mode != "confidentiality")
    return {"lockdown", ProbeState::kGood, "the kernel is not locked down", "", "", ""};
  return {"lockdown",
          ProbeState::kWarning,
          fmt::format("the kernel is locked down ({})", mode),
          "it may refuse BPF programs",
          "boot without lockdown=, or without Secure Boot where the distribution ties the two together",
          "the eBPF engine, where it is refused below"};
}

json engine_row(EngineKind kind, const std::string& refusal) {
  return {{"name", to_string(kind)},
          {"usable", refusal.empty()},
          {"refused", refusal.empty() ? json() : json(refusal)}};
}

// Asked only by those who could make devices: others would be refused for that.
void add_link_kinds(json& checks) {
  auto rtnl = RtnlSocket::open();
  if (!rtnl || !has_capability(CAP_NET_ADMIN)) return;
  for (const std::string_view kind : kLinkKinds) checks.push_back(json_of(probe_link_kind(*rtnl, kind), {}));
}

// Asked likewise.
void add_tunnels(WireguardBackend asked, json& checks) {
  auto rtnl = RtnlSocket::open();
  if (!rtnl || !has_capability(CAP_NET_ADMIN)) return;
  checks.push_back(json_of(judge_tunnels(find_tunnel_backends(*rtnl), asked), {}));
}

// Whoever asks: what cannot be read is not judged.
void add_neighbours(json& checks) {
  auto rtnl = RtnlSocket::open();
  if (!rtnl) return;
  const auto tables = list_neighbour_tables(*rtnl);
  if (!tables) return;
  for (const NeighbourTable& table : *tables) checks.push_back(json_of(judge_neighbours(table), {}));
}

// What a machine does not tell is not judged.
void add_pace(json& checks) {
  if (const auto kept = clock_is_kept()) checks.push_back(json_of(judge_clock(*kept), {}));
  if (const auto governors = cpu_governors(); !governors.empty())
    checks.push_back(json_of(judge_governors(governors), {}));
}

void add_interrupts(const Document& document, json& checks) {
  std::map<std::string, CardInterrupts> cards;
  for (const Interface& interface : document.interfaces)
    if (const auto card = interrupts_of(interface.name)) cards.emplace(interface.name, *card);
  if (const auto row = judge_interrupts(cards, std::thread::hardware_concurrency()))
    checks.push_back(json_of(*row, {}));
}

struct Findings {
  Probe ebpf;
  Probe nft;
};

Findings try_engines(const std::filesystem::path& pins) {
  Findings found{probe_ebpf(pins, ProbeDepth::kAll), probe_nft()};
  if (found.nft.usable()) found.nft.rows.push_back(probe_synproxy());
  return found;
}

json answer_of(const Findings& findings, WireguardBackend asked) {
  json checks = {json_of(check_kernel(), {}), json_of(check_capabilities(), {}),
                 json_of(check_lockdown(), {})};
  add_link_kinds(checks);
  add_tunnels(asked, checks);
  checks.push_back(json_of(probe_frr(), {}));
  checks.push_back(json_of(probe_haproxy(), {}));
  checks.push_back(json_of(probe_keepalived(), {}));
  checks.push_back(json_of(probe_acme(), {}));
  add_neighbours(checks);
  add_pace(checks);
  for (const ProbeRow& row : findings.ebpf.rows) checks.push_back(json_of(row, "ebpf"));
  for (const ProbeRow& row : findings.nft.rows) checks.push_back(json_of(row, "nftables"));
  return {{"checks", std::move(checks)},
          {"engines",
           {engine_row(EngineKind::kEbpf, findings.ebpf.refusal()),
            engine_row(EngineKind::kNftables, findings.nft.refusal())}},
          {"interfaces", json::array()}};
}

EbpfVerdict verdict_of(const Probe& probe) {
  for (const ProbeRow& row : probe.rows)
    if (row.state == ProbeState::kBad) return {probe.refusal(), row.remedy, row.gain};
  return {};
}

// What ran out lately, and for whom.
void add_shortages(Gateway& gateway, json& checks) {
  for (const NatEvent& event : gateway.shortages().recent(std::chrono::system_clock::now()))
    checks.push_back(
        json_of({std::string(entry_of(event).fields["event"]), ProbeState::kWarning, entry_of(event).message,
                 "", std::string(remedy_for(event.kind)), "hosts that find no room are served"},
                gateway.engine().name()));
}

// Whether the record of what was changed would outlive a bad block, or is lost already.
ProbeRow check_store(const Gateway& gateway) {
  const std::string state = gateway.paths().state.string(), copy = Store::copy_of(state).string();
  ProbeRow row{"store", ProbeState::kGood, fmt::format("{}, copied to {}", state, copy), "", "", ""};
  const Store& store = gateway.store();
  const bool none = gateway.blocked() || gateway.held();
  if (!gateway.degraded().empty() && (none || gateway.degraded().back().starts_with("revision "))) {
    row.state = none ? ProbeState::kBad : ProbeState::kWarning;
    row.finding = gateway.degraded().back();
    row.reason = none ? gateway.degraded().front() : "an earlier revision holds";
    row.remedy = "put right what it names, and apply the document again";
  } else if (gateway.lost()) {
    row.state = ProbeState::kBad;
    row.finding = "rules of sluice run, and the document that they are of is known no more";
    row.remedy = "apply the document: `sluice apply FILE` takes over what runs, and no session ends";
    row.gain = "the gateway follows changes of the machine, and survives a restart";
  } else if (auto disk = judge_state_disk(gateway.paths().state)) {
    return std::move(*disk);
  } else if (!store.copy_lost().empty()) {
    row.state = ProbeState::kWarning;
    row.finding = fmt::format("no copy of {} is kept", state);
    row.reason = store.copy_lost();
    row.remedy = fmt::format("make room in {} or give it other permissions, and restart sluiced", copy);
    row.gain = "revisions and the record of what was found outlive the loss of one folder";
  } else if (!store.repaired().empty()) {
    row.state = ProbeState::kWarning;
    row.finding = store.repaired();
    row.remedy = "find out what removed or damaged it: look at the disk, and at who cleans up there";
  }
  return row;
}

// Of the interfaces of the document. What cannot be read is not judged.
std::map<std::string, NicSettings> settings_of_nics(const Document& document, const Observed& observed) {
  std::map<std::string, NicSettings> nics;
  Result<NicReader> reader = NicReader::open();
  for (const Interface& wanted : document.interfaces) {
    const auto link = observed.links.find(wanted.name);
    if (!reader || link == observed.links.end()) continue;
    if (const auto nic = reader->read(link->second)) nics.emplace(wanted.name, *nic);
  }
  return nics;
}

// What cannot be read is not judged.
void add_other_rules(Gateway& gateway, const Document& document, const Observed& observed, json& checks) {
  const auto tables = list_other_tables();
  if (!tables) return;
  checks.push_back(json_of(judge_other_rules(read_other_rules(*tables), unnamed_devices(document, observed),
                                             gateway.engine().name() == to_string(EngineKind::kNftables)),
                           {}));
  const auto found = find_leftovers();
  if (!found) return;
  if (const auto row = judge_leftovers(*found, translates(*tables))) checks.push_back(json_of(*row, {}));
}

// Port 22 is sshd's, whosever it seems to be.
void add_sshd(const Document& document, std::set<uint16_t> ports, json& checks) {
  ports.merge(sshd_ports());
  ports.insert(kSshPort);
  if (const auto row = judge_sshd(document, sockets_at(ports))) checks.push_back(json_of(*row, {}));
}

}   // namespace

json doctor_machine(const std::filesystem::path& state, const std::filesystem::path& pins) {
  json answer = answer_of(try_engines(pins), WireguardBackend::kAuto);
  if (const auto row = judge_state_folder(state)) answer["checks"].push_back(json_of(*row, {}));
  return answer;
}

json doctor_path(const IpAddress& address) { return json_of(probe_path(address), {}); }

Result<json> examine(Gateway& gateway, const std::set<uint16_t>& ports_of_sshd) {
  const Findings findings = try_engines(gateway.paths().pins);
  const auto asked =
      gateway.current() ? gateway.current()->document.wireguard.backend : WireguardBackend::kAuto;
  json answer = answer_of(findings, asked);
  answer["checks"].push_back(json_of(check_store(gateway), {}));
  add_shortages(gateway, answer["checks"]);
  const json shown = TRY(show_interfaces(gateway));
  if (!gateway.current()) return answer;
  const Observed observed = TRY(gateway.observe());
  const Document& document = gateway.current()->document;
  add_other_rules(gateway, document, observed, answer["checks"]);
  add_sshd(document, ports_of_sshd, answer["checks"]);
  add_interrupts(document, answer["checks"]);
  if (const auto row = judge_default_ways(document, observed)) answer["checks"].push_back(json_of(*row, {}));
  if (gateway.engine().name() == to_string(EngineKind::kNftables))
    if (const auto row = judge_bridge_rules(document, observed, sysctls_that_show_frames()))
      answer["checks"].push_back(json_of(*row, to_string(EngineKind::kNftables)));
  const InterfaceDoctor doctor{document, observed, gateway.engine().name(), verdict_of(findings.ebpf),
                               settings_of_nics(document, observed)};
  if (const auto row = judge_carriers(shown["interfaces"])) answer["checks"].push_back(json_of(*row, {}));
  for (const json& row : shown["interfaces"]) answer["interfaces"].push_back(doctor.examine(row));
  return answer;
}

}   // namespace sluice
