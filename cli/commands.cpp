// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands.hpp"

#include <algorithm>

namespace sluice::cli {
namespace {

constexpr std::string_view kFormats[] = {"table", "wide", "json", "jsonl"};

constexpr Option kSocket{"socket", 0, "PATH", "the control socket (environment: SLUICE_SOCKET)"};
constexpr Option kHelp{"help", 'h', "", "what a verb does, with an example"};
constexpr Option kVersion{"version", 0, "", "print the version"};
constexpr Option kOutput{"output", 'o', "FORMAT", "table, wide, json or jsonl", kFormats};
constexpr Option kWatch{"watch", 0, "SECONDS", "repeat, every 2 seconds unless said otherwise", {}, "2"};

constexpr Option kGlobal[] = {kSocket, kHelp, kVersion};
constexpr Option kReading[] = {kOutput, kWatch};
constexpr Option kOutputOnly[] = {kOutput};
constexpr std::string_view kEngines[] = {"ebpf", "nftables"};
constexpr Option kCheck[] = {
    {"engine", 0, "ENGINE", "refuse what this engine cannot do: ebpf, nftables", kEngines}, kOutput};
constexpr Option kPlan[] = {
    {"exit-code", 0, "", "exit with 8 when there is something to do"}, kOutput, kWatch};
constexpr Option kApply[] = {{"why", 0, "TEXT", "the reason, kept with the revision"}, kOutput};
constexpr Option kForwardAdd[] = {
    {.name = "listen",
     .value = "ADDRESS",
     .help = "where it listens: an address or an interface",
     .required = true},
    {.name = "ports", .value = "PORTS", .help = "outside ports: 80, 8000-8010 or a list", .required = true},
    {.name = "to",
     .value = "ADDRESS:PORT",
     .help = "where it leads; [ADDRESS]:PORT for IPv6",
     .required = true},
    {.name = "protocol", .value = "PROTOCOL", .help = "tcp (the default), udp or a list", .repeats = true},
    {.name = "vrf", .value = "VRF", .help = "the VRF that it leads into (the default: the main one)"},
    {.name = "source", .value = "SET", .help = "who may use it: sets or prefixes, a list", .repeats = true},
    {"why", 0, "TEXT", "the reason, kept with the revision"},
    kOutput,
};
constexpr Option kWhose[] = {
    {.name = "outside",
     .value = "ADDRESS:PORT",
     .help = "as a stranger saw it; [ADDRESS]:PORT for IPv6",
     .required = true},
    kOutput,
};
constexpr Option kExplain[] = {
    {.name = "in", .value = "INTERFACE", .help = "where the packet would come in", .required = true},
    {.name = "protocol",
     .value = "PROTOCOL",
     .help = "tcp, udp, icmp (an echo request), ... or a number",
     .required = true},
    {.name = "source",
     .value = "ADDRESS:PORT",
     .help = "[ADDRESS]:PORT for IPv6; without ports ADDRESS",
     .required = true},
    {.name = "destination",
     .value = "ADDRESS:PORT",
     .help = "the same, as the sender calls it",
     .required = true},
    {"new", 0, "", "as if there were no flow of it yet"},
    kOutput,
};
constexpr Option kFmt[] = {
    {"write", 'w', "", "put the result into the file"},
    {"check", 0, "", "only say whether it would change (exit status 8)"},
};
constexpr Option kCleanup[] = {
    {"state", 0, "DIR", "of a daemon that is gone (/var/lib/sluice)"},
    {"pins", 0, "DIR", "of a daemon that is gone (/sys/fs/bpf/sluice)"},
    kOutput,
};
constexpr Option kHelpOptions[] = {{"markdown", 0, "", "every verb, as docs/commands.md has it"}};

constexpr Command kCommands[] = {
    {"check", "FILE", "say everything that is wrong with a document", kCheck, "sluice check home.json",
     run_check},
    {"plan", "FILE", "say what an apply would do", kPlan, "sluice plan home.json --exit-code", run_plan},
    {"apply", "FILE", "make the machine match a document", kApply,
     "sluice apply home.json --why \"port 80 for the shop\"", run_apply},
    {"status", "", "how the gateway is (exit 0 also where that is bad)", kReading, "sluice status --watch",
     run_status},
    {"show interfaces", "", "interfaces with their zone, hook and counters", kReading,
     "sluice show interfaces -o wide", run_show},
    {"show flows", "", "flows with their translation and the policy", kReading, "sluice show flows --watch=5",
     run_show},
    {"show mappings", "", "outside ports and who holds them", kReading, "sluice show mappings -o json",
     run_show},
    {"show policies", "", "policies with their counters", kReading, "sluice show policies -o wide", run_show},
    {"show forwards", "", "forwards with their state and counters", kReading, "sluice show forwards -o jsonl",
     run_show},
    {"show vrfs", "", "VRFs with their routes and counters", kReading, "sluice show vrfs -o json", run_show},
    {"show limits", "", "limits: what passed and what exceeded them", kReading,
     "sluice show limits --watch=1", run_show},
    {"show tenants", "", "VRFs with a bandwidth: what they sent, and what waits", kReading,
     "sluice show tenants --watch=1", run_show},
    {"show drops", "", "what was dropped: where, why, how much", kReading, "sluice show drops --watch",
     run_show},
    {"forward add", "NAME", "add a forward to the document in force", kForwardAdd,
     "sluice forward add web --listen 203.0.113.1 --ports 80 --to 192.168.10.2:8080", run_forward_add},
    {"forward remove", "NAME", "take a forward out of the document in force", kOutputOnly,
     "sluice forward remove web", run_forward_remove},
    {"export", "", "print the document in force", {}, "sluice export > home.json", run_export},
    {"fmt", "FILE", "print a document in its canonical layout", kFmt, "sluice fmt home.json --write",
     run_fmt},
    {"explain", "", "say what would become of a packet, stage by stage", kExplain,
     "sluice explain --in lan --protocol icmpv6 --source fd::2 --destination 2600::", run_explain},
    {"whose", "FILE", "say which host has an outside address and port", kWhose,
     "sluice whose provider.json --outside 203.0.113.8:2015", run_whose},
    {"doctor", "", "what this machine can do, and why (exit 1: a check is bad)", kReading, "sluice doctor",
     run_doctor},
    {"cleanup", "", "take everything of sluice off this machine", kCleanup, "sluice cleanup", run_cleanup},
    {"completion",
     "bash",
     "print the completion script of a shell",
     {},
     "source <(sluice completion bash)",
     run_completion},
    {"help", "[VERB]", "what the verbs are, or one of them", kHelpOptions, "sluice help forward add",
     run_help},
    {"version", "", "print the version", {}, "sluice version", run_version},
};

constexpr bool fits(std::string_view help) {
  return !help.empty() && help.size() <= 60 && !help.ends_with('.');
}

static_assert(std::ranges::all_of(kCommands, [](const Command& command) {
  return fits(command.help) &&
         std::ranges::all_of(command.options, [](const Option& option) { return fits(option.help); });
}));

}   // namespace

std::span<const Command> commands() { return kCommands; }
std::span<const Option> global_options() { return kGlobal; }

}   // namespace sluice::cli
