// SPDX-License-Identifier: GPL-2.0-or-later
// Against a real wireguard-go, each test in a network namespace and a /run of its own.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <chrono>
#include <filesystem>

#include "../support/network_namespace.hpp"
#include "../support/parsed.hpp"
#include "base/unique_fd.hpp"
#include "kernel/netlink/links.hpp"
#include "kernel/netlink/made_links.hpp"
#include "kernel/observe.hpp"
#include "kernel/wireguard/wireguard.hpp"
#include "wireguard_lab.hpp"
#include "wireguard_tunnels.hpp"

namespace sluice {
namespace {

using test::addresses, test::comes_true_soon, test::has_tunnel_device, test::key, test::kTestTunnel,
    test::outcome, test::peer, test::tunnel_processes, test::TunnelLab;

Result<> apply(const Tunnel& wanted) {
  const auto seen = TRY(read_tunnel(kTestTunnel));
  return seen ? change_tunnel(kTestTunnel, difference(wanted, *seen)) : fail("it is not there");
}

Tunnel seen_tunnel() { return read_tunnel(kTestTunnel).value().value().tunnel; }

// It has chosen a port already.
bool is_answering() {
  const Tunnel seen = seen_tunnel();
  return seen.peers.empty() && seen.private_key == WireguardKey{} && seen.port != 0;
}

TEST_IN_NETWORK(WireguardNamespace, ATunnelBeginsAndEndsAndLeavesNothing) {
  TunnelLab lab;
  NEEDS_WIREGUARD_GO(lab);
  EXPECT_FALSE(read_tunnel(kTestTunnel).value());
  ASSERT_EQ(outcome(start_userspace_tunnel(kTestTunnel)), "ok");
  EXPECT_TRUE(has_tunnel_device());
  EXPECT_TRUE(is_answering());
  EXPECT_EQ(tunnel_processes().size(), 1u);
  EXPECT_EQ(outcome(start_userspace_tunnel(kTestTunnel)),
            "start wireguard-go for slwgtest: a device of this name is there");
  ASSERT_EQ(outcome(stop_userspace_tunnel(kTestTunnel)), "ok");
  EXPECT_FALSE(has_tunnel_device());
  EXPECT_FALSE(has_tunnel_socket(kTestTunnel));
  EXPECT_TRUE(tunnel_processes().empty());
  EXPECT_FALSE(read_tunnel(kTestTunnel).value());
  EXPECT_EQ(outcome(stop_userspace_tunnel(kTestTunnel)), "ok") << "gone already";
  EXPECT_EQ(outcome(start_userspace_tunnel(kTestTunnel)), "ok") << "and again";
}

TEST_IN_NETWORK(WireguardNamespace, AThousandPeersAreToldAndReadBack) {
  TunnelLab lab;
  NEEDS_WIREGUARD_GO(lab);
  ASSERT_EQ(outcome(start_userspace_tunnel(kTestTunnel)), "ok");
  Tunnel wanted = test::tunnel_of(1000);
  const auto start = std::chrono::steady_clock::now();
  ASSERT_EQ(outcome(apply(wanted)), "ok");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
  EXPECT_EQ(seen_tunnel(), test::without_places(wanted));

  wanted.peers.at(key(10)).preshared.reset();
  wanted.peers.at(key(10)).keepalive = {};
  wanted.peers.at(key(10)).allowed = addresses(5000, 3);
  wanted.peers.erase(key(11));
  const TunnelChange change = difference(wanted, read_tunnel(kTestTunnel).value().value());
  EXPECT_EQ(change.changed.size() + change.added.size() + change.removed.size(), 2u);
  ASSERT_EQ(outcome(change_tunnel(kTestTunnel, change)), "ok");
  EXPECT_EQ(seen_tunnel(), test::without_places(wanted));
}

TEST_IN_NETWORK(WireguardNamespace, PrefixesThatMoveEndAtTheRightPeer) {
  TunnelLab lab;
  NEEDS_WIREGUARD_GO(lab);
  ASSERT_EQ(outcome(start_userspace_tunnel(kTestTunnel)), "ok");
  Tunnel wanted = test::tunnel_of(4);
  ASSERT_EQ(outcome(apply(wanted)), "ok");
  std::swap(wanted.peers.at(key(0)).allowed, wanted.peers.at(key(1)).allowed);
  wanted.peers.erase(key(2));
  wanted.peers.emplace(key(9), peer(9, addresses(2, 2)));   // of the removed one, and of one that stays
  wanted.peers.at(key(3)).allowed = addresses(7, 1);
  ASSERT_EQ(outcome(apply(wanted)), "ok");
  EXPECT_EQ(seen_tunnel(), test::without_places(wanted));
}

TEST_IN_NETWORK(WireguardNamespace, AChangedPeerThatIsNotThereIsNotMade) {
  TunnelLab lab;
  NEEDS_WIREGUARD_GO(lab);
  ASSERT_EQ(outcome(start_userspace_tunnel(kTestTunnel)), "ok");
  EXPECT_EQ(outcome(change_tunnel(kTestTunnel, {.changed = {peer(5, addresses(5, 1))}})), "ok");
  EXPECT_TRUE(seen_tunnel().peers.empty()) << "the next look tells what is missing";
}

TEST_IN_NETWORK(WireguardNamespace, APortThatIsTakenIsToldOf) {
  TunnelLab lab;
  NEEDS_WIREGUARD_GO(lab);
  ASSERT_EQ(outcome(start_userspace_tunnel(kTestTunnel)), "ok");
  EXPECT_EQ(outcome(set_link_up(lab.rtnl, kTestTunnel, 0)), "ok");
  const UniqueFd other(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const sockaddr_in at{.sin_family = AF_INET, .sin_port = htons(51820)};
  ASSERT_EQ(::bind(other.get(), reinterpret_cast<const sockaddr*>(&at), sizeof(at)), 0);
  EXPECT_TRUE(comes_true_soon([] { return seen_tunnel().port != 0; })) << "it is up";
  EXPECT_EQ(outcome(change_tunnel(kTestTunnel, {.port = 51820})),
            "change the tunnel slwgtest: wireguard-go refuses it: Address already in use");
}

TEST_IN_NETWORK(WireguardNamespace, TheProcessOutlivesItsStarterAndHoldsNothingOfIt) {
  TunnelLab lab;
  NEEDS_WIREGUARD_GO(lab);
  int inherited[2];
  ASSERT_EQ(::pipe(inherited), 0);   // without O_CLOEXEC
  const pid_t starter = ::fork();
  if (starter == 0) {
    const bool started = start_userspace_tunnel(kTestTunnel).has_value();
    ::kill(::getpid(), started ? SIGKILL : SIGTERM);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(starter, &status, 0), starter);
  ASSERT_EQ(WTERMSIG(status), SIGKILL);
  EXPECT_TRUE(is_answering());
  ASSERT_EQ(tunnel_processes().size(), 1u);
  const pid_t process = tunnel_processes().at(0);
  EXPECT_NE(::getsid(process), ::getsid(0));
  for (const char* fd : {"0", "1", "2"})
    EXPECT_EQ(std::filesystem::read_symlink("/proc/" + std::to_string(process) + "/fd/" + fd), "/dev/null");
  ::close(inherited[1]);
  char byte;
  EXPECT_EQ(::read(inherited[0], &byte, 1), 0) << "nobody else has the other end";
}

TEST_IN_NETWORK(WireguardNamespace, OneThatWasKilledIsStartedAnewAndItsSocketIsRemoved) {
  TunnelLab lab;
  NEEDS_WIREGUARD_GO(lab);
  for (int round = 0; round < 2; ++round) {
    ASSERT_EQ(outcome(start_userspace_tunnel(kTestTunnel)), "ok");
    ASSERT_EQ(tunnel_processes().size(), 1u);
    ::kill(tunnel_processes().at(0), SIGKILL);
    EXPECT_TRUE(comes_true_soon([] { return !has_tunnel_device() && tunnel_processes().empty(); }));
    EXPECT_TRUE(has_tunnel_socket(kTestTunnel));
  }
  EXPECT_EQ(outcome(stop_userspace_tunnel(kTestTunnel)), "ok");
  EXPECT_FALSE(has_tunnel_socket(kTestTunnel));
}

TEST_IN_NETWORK(WireguardNamespace, ASocketOfAnotherNamespaceIsLeftAlone) {
  TunnelLab lab;
  NEEDS_WIREGUARD_GO(lab);
  ASSERT_EQ(outcome(start_userspace_tunnel(kTestTunnel)), "ok");
  const int elsewhere = test::in_own_network([] {
    EXPECT_FALSE(read_tunnel(kTestTunnel).value());
    EXPECT_EQ(outcome(stop_userspace_tunnel(kTestTunnel)), "ok");
    EXPECT_EQ(outcome(start_userspace_tunnel(kTestTunnel)),
              "start wireguard-go for slwgtest: another one listens on /run/wireguard/slwgtest.sock");
  });
  EXPECT_EQ(elsewhere, 0);
  EXPECT_TRUE(is_answering());
}

TEST_IN_NETWORK(WireguardNamespace, ALinkIsMadeMarkedObservedAndRemoved) {
  TunnelLab lab;
  NEEDS_WIREGUARD_GO(lab);
  const MadeLink link{kTestTunnel, WireguardLink{.userspace = true}};
  const auto index = make_link(lab.rtnl, link);
  ASSERT_TRUE(index) << index.error().message;
  ASSERT_EQ(outcome(apply(test::tunnel_of(2))), "ok");
  const Observed seen = observe_network().value();
  const ObservedLink& there = seen.links.at(kTestTunnel);
  EXPECT_EQ(there.index, *index);
  EXPECT_EQ(there.parameters, link.parameters);
  EXPECT_TRUE(is_own(seen, there));
  EXPECT_EQ(seen.tunnels.at(kTestTunnel).tunnel.peers.size(), 2u);
  EXPECT_EQ(outcome(remove_link(lab.rtnl, link, *index)), "ok");
  EXPECT_FALSE(has_tunnel_device());
  EXPECT_FALSE(has_tunnel_socket(kTestTunnel));
  EXPECT_TRUE(observe_network().value().tunnels.empty());
}

// Somebody else's: not marked.
TEST_IN_NETWORK(WireguardNamespace, ATunnelOfSomebodyElseIsATunDevice) {
  TunnelLab lab;
  NEEDS_WIREGUARD_GO(lab);
  ASSERT_EQ(outcome(start_userspace_tunnel(kTestTunnel)), "ok");
  const Observed seen = observe_network().value();
  EXPECT_EQ(seen.links.at(kTestTunnel).parameters, LinkParameters{});
  EXPECT_TRUE(seen.tunnels.empty());
}

TEST_IN_NETWORK(WireguardNamespace, ANameThatIsAPathIsNone) {
  for (const char* name : {"", "../wg0", "a/b", "-f", ".", "sixteen-letters-", "a b", "wg0\n"}) {
    EXPECT_FALSE(is_tunnel_name(name)) << name;
    EXPECT_FALSE(start_userspace_tunnel(name));
    EXPECT_FALSE(stop_userspace_tunnel(name));
    EXPECT_FALSE(change_tunnel(name, {.port = 1}));
  }
  EXPECT_TRUE(is_tunnel_name("wg-home_2.x"));
}

TEST_IN_NETWORK(WireguardNamespace, TheKernelIsAskedWithoutMakingAnything) {
  RtnlSocket rtnl = RtnlSocket::open().value();
  const size_t before = list_links(rtnl).value().size();
  const TunnelBackends found = find_tunnel_backends(rtnl);
  EXPECT_EQ(list_links(rtnl).value().size(), before);
  const auto made = make_link(rtnl, {kTestTunnel, WireguardLink{}});
  EXPECT_EQ(refusal_of(found.kernel).empty(), made.has_value()) << refusal_of(found.kernel);
}

}   // namespace
}   // namespace sluice
