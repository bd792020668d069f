// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands.hpp"

#include <algorithm>

#include "cli/options_that_add.hpp"
#include "cli/options_that_look.hpp"

namespace sluice::cli {
namespace {

constexpr Option kSocket{"socket", 0, "PATH", "the control socket (environment: SLUICE_SOCKET)"};
constexpr Option kHelp{"help", 'h', "", "what a verb does, with an example"};
constexpr Option kVersion{"version", 0, "", "print the version"};
constexpr Option kWatch{"watch", 0, "SECONDS", "repeat, every 2 seconds unless said otherwise", {}, "2"};

constexpr Option kGlobal[] = {kSocket, kHelp, kVersion};
constexpr Option kReading[] = {kOutput, kWatch};
constexpr Option kOutputOnly[] = {kOutput};
constexpr std::string_view kEngines[] = {"ebpf", "nftables"};
constexpr Option kCheck[] = {
    {"engine", 0, "ENGINE", "refuse what this engine cannot do: ebpf, nftables", kEngines}, kOutput};
constexpr Option kPlan[] = {
    {"exit-code", 0, "", "exit with 8 when there is something to do"}, kOutput, kWatch};
constexpr Option kApply[] = {
    {"confirm", 0, "TIME", "take it back after this time, unless `sluice confirm` is run"}, kWhy, kOutput};
constexpr Option kChange[] = {kWhy, kOutput};
constexpr Option kDrain[] = {
    {"for", 0, "TIME", "end the flows that are left after this time"}, kWhy, kOutput};
constexpr Option kHistory[] = {{"number", 'n', "N", "only the newest so many"}, kOutput, kWatch};
constexpr Option kExport[] = {{"resolved", 0, "", "with what its networks and pods were allotted"}};
constexpr Option kPassphraseFile{"passphrase-file", 0, "FILE",
                                 "its first line (environment: SLUICE_PASSPHRASE)"};
constexpr Option kBackup[] = {
    kPassphraseFile,
    {.name = "to", .value = "KEY", .help = "seal it for this public key, without a passphrase"},
    {.name = "generate-key", .value = "FILE", .help = "make such a pair: a secret file, and print the key"},
};
constexpr Option kRestore[] = {
    {.name = "map", .value = "OLD=NEW", .help = "interfaces that are called otherwise here", .repeats = true},
    kPassphraseFile,
    {.name = "key-file", .value = "FILE", .help = "the secret key that it is sealed for"},
    {.name = "dry-run", .help = "say what would be done, and change nothing"},
    {.name = "replace", .help = "give up networks and keys that the backup has not"},
    {"confirm", 0, "TIME", "take it back after this time, unless `sluice confirm` is run"},
    kWhy,
    kOutput,
};
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
    kWhy,
    kOutput,
};
constexpr Option kEndpointRotate[] = {
    {.name = "public-key", .value = "KEY", .help = "of the pair that the client has made for itself"},
    kWhy,
    kOutput,
};
constexpr std::span<const Option> kNoOptions;
constexpr Option kEndpointConfig[] = {
    {.name = "version", .value = "N", .help = "an earlier one, without its secrets (see `history`)"},
    {.name = "qr", .help = "print a QR code for the camera of a phone"},
    {.name = "png", .value = "FILE", .help = "write a QR code as a picture (mode 0600)"},
    {.name = "sluice", .help = "for a gateway that runs sluice: a part of its document"},
    {.name = "connect", .help = "for `sluice connect` on a laptop"},
    {.name = "file", .letter = 'O', .value = "FILE", .help = "write the configuration (mode 0600)"},
};
constexpr Option kFmt[] = {
    {"write", 'w', "", "put the result into the file"},
    {"check", 0, "", "only say whether it would change (exit status 8)"},
};
constexpr Option kDoctor[] = {
    {.name = "probe", .value = "ADDRESS", .help = "also how large packets to it may be", .repeats = true},
    {"state", 0, "DIR", "of a daemon that does not run (/var/lib/sluice)"},
    {"pins", 0, "DIR", "of a daemon that does not run (/sys/fs/bpf/sluice)"},
    kOutput,
    kWatch,
};
constexpr Option kCleanup[] = {
    {"state", 0, "DIR", "of a daemon that is gone (/var/lib/sluice)"},
    {"pins", 0, "DIR", "of a daemon that is gone (/sys/fs/bpf/sluice)"},
    kOutput,
};
constexpr Option kHelpOptions[] = {
    {"markdown", 0, "", "every verb, as docs/commands.md has it"},
    {"man", 0, "DIR", "write manual pages of all verbs into a directory"},
};

constexpr Command kCommands[] = {
    {"check", "FILE", "say everything that is wrong with a document", kCheck, "sluice check home.json",
     run_check},
    {"plan", "FILE", "say what an apply would do", kPlan, "sluice plan home.json --exit-code", run_plan},
    {"apply", "FILE", "make the machine match a document", kApply,
     "sluice apply home.json --why \"port 80 for the shop\"", run_apply},
    {"confirm", "", "keep the revision that was applied with --confirm", kChange, "sluice confirm",
     run_confirm},
    {"rollback", "[REV]", "put an earlier revision in force (the one before)", kChange,
     "sluice rollback 41 --why \"the shop is down\"", run_rollback},
    {"history", "", "revisions: when, who, why and what became of them", kHistory, "sluice history -n 10",
     run_history},
    {"diff", "[A [B]]", "how documents differ: revisions, `running` or files", kOutputOnly,
     "sluice diff running home.json", run_diff},
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
    {"show services", "", "backends of services: their state and counters", kReading,
     "sluice show services -o wide", run_show},
    {"show vrfs", "", "VRFs with their routes and counters", kReading, "sluice show vrfs -o json", run_show},
    {"show limits", "", "limits: what passed and what exceeded them", kReading,
     "sluice show limits --watch=1", run_show},
    {"show tenants", "", "who has a bandwidth: what was sent, and what waits", kReading,
     "sluice show tenants --watch=1", run_show},
    {"show networks", "", "WireGuard networks: what they were given, who is there", kReading,
     "sluice show networks -o wide", run_show},
    {"show endpoints", "", "endpoints of networks: when heard, how much they sent", kReading,
     "sluice show endpoints --watch", run_show},
    {"show names", "", "names that zones are told, with their addresses", kReading, "sluice show names",
     run_show},
    {"show leases", "", "outside ports that hosts of zones have asked for", kReading, "sluice show leases",
     run_show},
    {"show drops", "", "what was dropped: where, why, how much", kReading, "sluice show drops --watch",
     run_show},
    {"forward add", "NAME", "add a forward to the document in force", kForwardAdd,
     "sluice forward add web --listen 203.0.113.1 --ports 80 --to 192.168.10.2:8080", run_forward_add},
    {"forward remove", "NAME", "take a forward out of the document in force", kOutputOnly,
     "sluice forward remove web", run_forward_remove},
    {"service drain", "SERVICE BACKEND", "lead no new flows to a backend", kDrain,
     "sluice service drain web vm7 --for 10m", run_service_drain},
    {"service undrain", "SERVICE BACKEND", "lead new flows to a backend again", kChange,
     "sluice service undrain web vm7", run_service_undrain},
    {"show pods", "", "pods: their addresses, ports and counters", kReading, "sluice show pods -o wide",
     run_show},
    {"show containers", "", "containers of podman: zone, addresses and ports", kReading,
     "sluice show containers -o wide", run_show},
    {"pod add", "NAME", "add a pod to the document in force", kPodAdd,
     "sluice pod add app1 --owner john --service web:3000 --publish web", run_pod_add},
    {"pod remove", "NAME", "take a pod and its namespace away", kOutputOnly, "sluice pod remove app1",
     run_pod_remove},
    {"pod show", "NAME", "what a pod was given, and its counters", kReading, "sluice pod show app1 -o json",
     run_pod_show},
    {"pod exec", "NAME CMD...", "run a program in a pod's namespace, without a shell", kNoOptions,
     "sluice pod exec app1 -- ip address", run_pod_exec},
    {"network add", "NAME", "add a WireGuard network to the document in force", kNetworkAdd,
     "sluice network add home --type secure-internet --users 6", run_network_add},
    {"network remove", "NAME", "take a network and its endpoints out of the document", kOutputOnly,
     "sluice network remove home", run_network_remove},
    {"network show", "NAME", "what a WireGuard network was given, and its counters", kReading,
     "sluice network show home -o json", run_network_show},
    {"endpoint add", "NETWORK NAME", "add an endpoint to a network", kEndpointAdd,
     "sluice endpoint add home phone --type mobile --generate", run_endpoint_add},
    {"endpoint remove", "NETWORK NAME", "take an endpoint out of its network", kOutputOnly,
     "sluice endpoint remove home phone", run_endpoint_remove},
    {"endpoint disable", "NETWORK NAME", "let an endpoint in no more, and keep it", kChange,
     "sluice endpoint disable home phone", run_endpoint_disable},
    {"endpoint enable", "NETWORK NAME", "let an endpoint in again", kChange,
     "sluice endpoint enable home phone", run_endpoint_enable},
    {"endpoint forget", "NETWORK NAME", "keep its private key here no more", kChange,
     "sluice endpoint forget home phone", run_endpoint_forget},
    {"endpoint rotate", "NETWORK NAME", "give it a new key; the old one goes when that is heard",
     kEndpointRotate, "sluice endpoint rotate home phone", run_endpoint_rotate},
    {"endpoint history", "NETWORK NAME", "the versions of its configuration", kOutputOnly,
     "sluice endpoint history home phone", run_endpoint_history},
    {"endpoint config", "NETWORK NAME", "print the configuration for wg-quick or a phone", kEndpointConfig,
     "sluice endpoint config home phone --qr", run_endpoint_config},
    {"connect", "FILE", "join a network from a laptop, by its best path", kNoOptions,
     "sluice connect home.json", run_connect},
    {"endpoint import", "NETWORK FILE", "add all endpoints of a CSV file, or none", kChange,
     "sluice endpoint import home people.csv", run_endpoint_import},
    {"endpoint export", "NETWORK DIR", "write NAME.conf for each endpoint (mode 0600)", kNoOptions,
     "sluice endpoint export home phones/", run_endpoint_export},
    {"export", "[REV]", "print the document of a revision (the one in force)", kExport,
     "sluice export --resolved > home.json", run_export},
    {"backup", "[FILE]", "put all that this gateway is into a sealed file", kBackup,
     "sluice backup gateway.backup", run_backup},
    {"bundle",
     "FILE",
     "put what helps to find a fault into a file, without secrets",
     {},
     "sluice bundle gateway.tar.gz",
     run_bundle},
    {"restore", "FILE", "make this machine the gateway of a backup", kRestore,
     "sluice restore gateway.backup --map eth0=ens3 --confirm 10m", run_restore},
    {"fmt", "FILE", "print a document in its canonical layout", kFmt, "sluice fmt home.json --write",
     run_fmt},
    {"explain", "[FILTER]", "say what would become of a packet, stage by stage", kExplain,
     "sluice explain --in lan --protocol icmpv6 --source fd::2 --destination 2600::", run_explain},
    {"whose", "FILE", "say which host has an outside address and port", kWhose,
     "sluice whose provider.json --outside 203.0.113.8:2015", run_whose},
    {"monitor", "", "follow what happens: a line each, until Ctrl-C", kMonitor, "sluice monitor --drops",
     run_monitor},
    {"top", "", "what happens now, on a screen with keys", kTop, "sluice top --tab talkers", run_top},
    {"flow kill", "", "end a flow that is there now", kFlowKill,
     "sluice flow kill --protocol icmp --source 192.0.2.9:7 --destination 192.0.2.1", run_flow_kill},
    {"capture", "[FILTER]", "write packets as they came and as they left", kCapture,
     "sluice capture -w web.pcapng --forward web", run_capture},
    {"show certificates", "", "certificates of the front: until when, and what comes next", kReading,
     "sluice show certificates", run_show},
    {"cluster join", "CLUSTER NODE", "share one document with other gateways, by etcd", kClusterJoin,
     "sluice cluster join edge gw1 --etcd https://etcd1.example.org:2379", run_cluster_join},
    {"cluster leave", "", "keep the document, and share it no more", kChange, "sluice cluster leave",
     run_cluster_leave},
    {"cluster yield", "", "give the addresses that move to another node", kOutputOnly, "sluice cluster yield",
     run_cluster_yield},
    {"cluster status", "", "the nodes, and which document they have", kReading, "sluice cluster status",
     run_cluster_status},
    {"relay add", "NAME", "give a gateway behind NAT a port of this relay", kRelayAdd,
     "sluice relay add alice --public-key \"$(cat alice.pub)\" --rate 20mbit", run_relay_add},
    {"relay config", "NAME", "print what that gateway names in its \"relays\"", kNoOptions,
     "sluice relay config alice > relay-eu.conf", run_relay_config},
    {"relay remove", "NAME", "take its port from a gateway", kOutputOnly, "sluice relay remove alice",
     run_relay_remove},
    {"show relay", "", "gateways that are reached through this relay", kReading, "sluice show relay -o wide",
     run_show},
    {"show relays", "", "relays that this gateway is reached through", kReading, "sluice show relays",
     run_show},
    {"show ssh", "", "users of SSH: their boxes and outside ports", kReading, "sluice show ssh", run_show},
    {"ssh config", "", "print what the gateway's sshd is to be told", kNoOptions,
     "sluice ssh config > /etc/ssh/sshd_config.d/00-sluice.conf", run_ssh_config},
    {"reachability key", "", "print the public key that relays know this gateway by", kOutputOnly,
     "sluice reachability key", run_reachability_key},
    {"front renew", "NAME", "ask for a new certificate now", kOutputOnly,
     "sluice front renew shop.example.org", run_front_renew},
    {"front revoke", "NAME", "declare a certificate invalid, and ask for a new one", kOutputOnly,
     "sluice front revoke shop.example.org", run_front_revoke},
    {"front config", "", "print the configuration of HAProxy", {}, "sluice front config", run_front_config},
    {"reachability status", "", "how this machine is reached behind another's NAT", kReading,
     "sluice reachability status --watch", run_reachability_status},
    {"reachability test", "", "ask routers and servers anew (exit 1: nobody gets through)", kOutputOnly,
     "sluice reachability test", run_reachability_test},
    {"doctor", "", "what this machine can do, and why (exit 1: a check is bad)", kDoctor, "sluice doctor",
     run_doctor},
    {"cleanup", "", "take everything of sluice off this machine", kCleanup, "sluice cleanup", run_cleanup},
    {"completion", "bash|zsh|fish", "print the completion script of a shell", kNoOptions,
     "source <(sluice completion bash)", run_completion},
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
