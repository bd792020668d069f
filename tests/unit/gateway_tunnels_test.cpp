// SPDX-License-Identifier: GPL-2.0-or-later
// Steps about WireGuard devices, their inverses, and what a cleanup leaves of them: with a real wireguard-go.
#include <gtest/gtest.h>
#include <signal.h>

#include "../support/network_namespace.hpp"
#include "../support/parsed.hpp"
#include "gateway/cleanup.hpp"
#include "gateway/execute.hpp"
#include "wireguard_lab.hpp"
#include "wireguard_tunnels.hpp"

namespace sluice {
namespace {

using test::addresses, test::has_tunnel_device, test::key, test::kTestTunnel, test::outcome, test::peer,
    test::tunnel_processes, test::TunnelLab;

const MadeLink kLink{kTestTunnel, WireguardLink{.userspace = true}};

// Its store is in a /run that ends with the test.
struct GatewayLab : TunnelLab {
  std::unique_ptr<EngineEbpf> ebpf = EngineEbpf::open_for_cleanup(Pins("/run/no-pins")).value();
  std::unique_ptr<EngineNft> nft = EngineNft::open();
  Store store = Store::open("/run/state", "/run/copy").value();
  std::filesystem::path state = "/run/state";
  Machine machine{*ebpf, *nft, store, rtnl, state};

  Step done(const Step& step) {
    auto inverse = perform(machine, step);
    if (inverse && *inverse) return std::move(**inverse);
    ADD_FAILURE() << sentence(step) << (inverse ? " has no inverse" : ": " + inverse.error().message);
    return step;
  }
  std::string refused(const Step& step) {
    const auto inverse = perform(machine, step);
    return inverse ? "done" : inverse.error().message;
  }
  std::vector<std::string> cleaned_up() { return tear_down_machine(machine).value(); }
};

step::ChangeTunnel add_peer(uint32_t number) {
  return {kTestTunnel,
          "tunnel slwgtest: 1 peer added",
          {.added = {peer(number, addresses(number, 1))}},
          {.removed = {key(number)}}};
}

size_t peers_there() { return read_tunnel(kTestTunnel).value().value().tunnel.peers.size(); }

TEST_IN_NETWORK(GatewayTunnels, EachStepIsUndoneByItsInverse) {
  GatewayLab lab;
  NEEDS_WIREGUARD_GO(lab);
  const Step unmake = lab.done(step::MakeLink{kLink});
  EXPECT_EQ(sentence(unmake), "remove WireGuard tunnel slwgtest by wireguard-go");
  const Step unchange = lab.done(add_peer(1));
  EXPECT_EQ(peers_there(), 1u);
  const Step again = lab.done(unchange);
  EXPECT_EQ(peers_there(), 0u);
  EXPECT_EQ(sentence(again), "tunnel slwgtest: 1 peer added");
  EXPECT_EQ(sentence(lab.done(unmake)), "make WireGuard tunnel slwgtest by wireguard-go");
  EXPECT_FALSE(has_tunnel_device());
}

// The second of two peers cannot be: the first goes again.
TEST_IN_NETWORK(GatewayTunnels, AChangeThatFailsIsTakenBack) {
  GatewayLab lab;
  NEEDS_WIREGUARD_GO(lab);
  lab.done(step::MakeLink{kLink});
  step::ChangeTunnel bad = add_peer(1);
  bad.change.added.push_back(peer(2, {Prefix{test::ip("192.0.2.1"), 77}}));
  bad.inverse.removed.push_back(key(2));
  EXPECT_EQ(lab.refused(bad), "change the tunnel slwgtest: wireguard-go refuses it: Invalid argument");
  EXPECT_EQ(peers_there(), 0u);
}

TEST_IN_NETWORK(GatewayTunnels, ACleanupLeavesNeitherDeviceNorSocketNorProcess) {
  GatewayLab lab;
  NEEDS_WIREGUARD_GO(lab);
  lab.done(step::MakeLink{kLink});
  lab.done(add_peer(1));
  EXPECT_EQ(lab.cleaned_up(), test::Texts{"remove WireGuard tunnel slwgtest by wireguard-go"});
  EXPECT_FALSE(has_tunnel_device());
  EXPECT_FALSE(has_tunnel_socket(kTestTunnel));
  EXPECT_TRUE(test::comes_true_soon([] { return tunnel_processes().empty(); }));
  EXPECT_TRUE(lab.store.owned_links().value().empty());
}

TEST_IN_NETWORK(GatewayTunnels, ACleanupRemovesTheSocketOfOneThatWasKilled) {
  GatewayLab lab;
  NEEDS_WIREGUARD_GO(lab);
  lab.done(step::MakeLink{kLink});
  ::kill(tunnel_processes().at(0), SIGKILL);
  EXPECT_TRUE(test::comes_true_soon([] { return !has_tunnel_device(); }));
  lab.cleaned_up();
  EXPECT_FALSE(has_tunnel_socket(kTestTunnel));
}

TEST_IN_NETWORK(GatewayTunnels, ARecordThatIsRemovedTakesTheSocketOfOneThatWasKilledAlong) {
  GatewayLab lab;
  NEEDS_WIREGUARD_GO(lab);
  lab.done(step::MakeLink{kLink});
  ::kill(tunnel_processes().at(0), SIGKILL);
  EXPECT_TRUE(test::comes_true_soon([] { return !has_tunnel_device(); }));
  EXPECT_TRUE(perform(lab.machine, step::RemoveLink{{kTestTunnel, {}}, 0}));
  EXPECT_FALSE(has_tunnel_socket(kTestTunnel));
  EXPECT_TRUE(lab.store.owned_links().value().empty());
}

}   // namespace
}   // namespace sluice
