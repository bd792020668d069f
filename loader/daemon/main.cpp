// SPDX-License-Identifier: GPL-2.0-or-later
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "acme/hook.hpp"
#include "acme/process.hpp"
#include "base/exit_status.hpp"
#include "capture/process.hpp"
#include "cluster/process.hpp"
#include "connect/connection.hpp"
#include "daemon/daemon.hpp"
#include "daemon/log.hpp"
#include "ddns/process.hpp"
#include "frr/ospf_site.hpp"
#include "health/process.hpp"
#include "ipfix/process.hpp"
#include "kernel/bpf/libbpf_log.hpp"
#include "kernel/netns/space.hpp"
#include "kernel/nft/other_tables.hpp"
#include "kernel/wireguard/raw_socket.hpp"
#include "mapper/process.hpp"
#include "reach/process.hpp"
#include "reach/upnp_child.hpp"
#include "relay_tcp/process.hpp"
#include "resolver/process.hpp"
#include "scrape/process.hpp"
#include "sync/process.hpp"
#include "web/process.hpp"

namespace sluice {
namespace {

int hand_over(const std::string& family) {
  const auto done = hand_over_raw_socket(family == "ipv4" ? IpFamily::kIpv4 : IpFamily::kIpv6, STDIN_FILENO);
  if (!done) std::fprintf(stderr, "sluiced: %s\n", done.error().message.c_str());
  return done ? kExitDone : exit_status(done.error().kind);
}

}   // namespace
}   // namespace sluice

namespace {

// sluiced starts itself like this, so that a package has one program less; nobody else does.
int be_ospf_site(const std::vector<std::string>& words) {
  const auto own = words.size() < 5 ? std::nullopt : sluice::IpAddress::parse(words[1]);
  const auto site = words.size() < 5 ? std::nullopt : sluice::IpAddress::parse(words[2]);
  if (!own || !site) {
    std::fprintf(stderr, "sluiced: it is started like this by itself alone\n");
    return sluice::kExitUsage;
  }
  const bool in_background = words.back() == sluice::kInBackground;
  const auto ended = sluice::run_ospf_site({words[0], *own, *site, words[3], words[4], in_background});
  if (!ended) std::fprintf(stderr, "%s\n", ended.error().message.c_str());
  return ended ? sluice::kExitDone : 1;
}

int change_space(const std::vector<std::string>& words) {
  const auto change = sluice::space_change_of(words);
  if (!change) {
    std::fprintf(stderr, "sluiced: it is started like this by itself alone\n");
    return sluice::kExitUsage;
  }
  const auto done = sluice::change_names(*change);
  if (!done) std::fprintf(stderr, "%s\n", done.error().message.c_str());
  return done ? sluice::kExitDone : 1;
}

int print_table(const char* family, const char* name) {
  const auto done = sluice::print_table(family, name);
  if (!done) std::fprintf(stderr, "%s\n", done.error().message.c_str());
  return done ? sluice::kExitDone : 1;
}

constexpr std::string_view kConnectVerb = "connect";   // of `sluice connect`

int connect(const char* file) {
  const auto ended = sluice::run_connection(file);
  if (!ended) std::fprintf(stderr, "connect: %s\n", ended.error().message.c_str());
  return ended ? sluice::kExitDone : sluice::exit_status(ended.error().kind);
}

struct Served {
  std::string_view verb;
  sluice::Result<> (*run)(int socket);
};

// What sluiced starts itself as; standard input is its line to whoever did.
constexpr Served kServed[] = {
    {sluice::kHealthVerb, sluice::run_health_checks},
    {sluice::kAcmeVerb, sluice::run_acme},
    {sluice::kDdnsVerb, sluice::run_ddns},
    {sluice::kResolverVerb, sluice::run_resolver},
    {sluice::kMapperVerb, sluice::run_mapper},
    {sluice::kReachVerb, sluice::run_reach},
    {sluice::kUpnpVerb, [](int) { return sluice::run_upnp_child(); }},
    {sluice::kRelayTcpVerb, sluice::run_relay_tcp},
    {sluice::kScrapeVerb, sluice::run_scrape},
    {sluice::kClusterVerb, sluice::run_cluster},
    {sluice::kSyncVerb, sluice::run_sync},
    {sluice::kWebVerb, sluice::run_web},
    {sluice::kIpfixVerb, sluice::run_ipfix},
    {sluice::kCaptureVerb, sluice::run_capture},
};

int serve(const Served& one) {
  const auto ended = one.run(STDIN_FILENO);
  if (!ended) std::fprintf(stderr, "%s\n", ended.error().message.c_str());
  return ended ? sluice::kExitDone : 1;
}

}   // namespace

int main(int argc, char** argv) try {
  using namespace sluice;
  if (argc > 0 && std::filesystem::path(argv[0]).filename() == kAcmeHook)
    return run_acme_hook(argv[0], {argv + 1, argv + argc});
  for (const Served& one : kServed)
    if (argc == 2 && argv[1] == one.verb) return serve(one);
  if (argc > 1 && std::string_view(argv[1]) == kOspfVerb) return be_ospf_site({argv + 2, argv + argc});
  if (argc > 1 && std::string_view(argv[1]) == kSpaceVerb) return change_space({argv + 2, argv + argc});
  if (argc == 4 && std::string_view(argv[1]) == kTableVerb) return ::print_table(argv[2], argv[3]);
  if (argc == 3 && std::string_view(argv[1]) == kConnectVerb) return connect(argv[2]);
  const auto options = read_options(argc, argv);
  if (!options) {
    std::fprintf(stderr, "sluiced: %s\n", options.error().message.c_str());
    return kExitUsage;
  }
  if (options->help || options->version) {
    std::fputs(options->help ? usage_text().c_str() : "sluiced " SLUICE_VERSION "\n", stdout);
    return kExitDone;
  }
  if (!options->raw_socket.empty()) return hand_over(options->raw_socket);
  std::signal(SIGPIPE, SIG_IGN);
  set_up_logging();
  silence_libbpf();
  const auto ended = run_daemon(*options);
  if (ended) return kExitDone;
  const bool denied = ended.error().kind == ErrorKind::kNotPermitted;
  spdlog::critical(
      "{}{}", ended.error().message,
      denied ? " (sluiced runs as root, or with CAP_NET_ADMIN, and for eBPF CAP_BPF and CAP_PERFMON)" : "");
  return exit_status(ended.error().kind);
} catch (const std::exception& error) {
  std::fprintf(stderr, "sluiced: %s\n", error.what());
  return 1;
}
