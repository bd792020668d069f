// SPDX-License-Identifier: GPL-2.0-or-later
// What endpoints carried, over the ends of their peers.
#include <gtest/gtest.h>

#include "../support/state_directory.hpp"
#include "gateway/peer_book.hpp"

namespace sluice {
namespace {

const WireguardKey kOld{1}, kNew{2};
const Prefix kSource = *Prefix::parse("10.100.0.2/32");

class PeerBooks : public test::StateDirectoryTest {
 protected:
  PeerBooks() {
    Network network{.name = "home", .device = "wg-home"};
    network.endpoints.push_back({.name = "phone", .address = kSource.address});
    document.networks.push_back(std::move(network));
    seen.links["wg-home"].name = "wg-home";
  }

  void add_peer(const WireguardKey& key, uint64_t rx, uint64_t tx, bool has_addresses = true) {
    ObservedTunnel& tunnel = seen.tunnels["wg-home"];
    tunnel.tunnel.peers[key].public_key = key;
    if (has_addresses) tunnel.tunnel.peers[key].allowed = {kSource};
    tunnel.states[key].rx_bytes = rx;
    tunnel.states[key].tx_bytes = tx;
  }

  void remove_peers() { seen.tunnels["wg-home"] = {}; }

  std::pair<uint64_t, uint64_t> carried(const PeerBook& book) {
    const PeerCount count = book.of("home", "phone");
    return {count.rx_bytes, count.tx_bytes};
  }

  PeerBook book{dir_};
  Document document;
  Observed seen;
};

using Bytes = std::pair<uint64_t, uint64_t>;

TEST_F(PeerBooks, KeepsWhatAPeerHadThatIsGone) {
  add_peer(kOld, 100, 10);
  book.note(document, seen);
  remove_peers();
  book.note(document, seen);
  EXPECT_EQ(carried(book), Bytes(100, 10));
  book.note(document, seen);
  EXPECT_EQ(carried(book), Bytes(100, 10)) << "once";
  add_peer(kNew, 7, 1);
  book.note(document, seen);
  EXPECT_EQ(carried(book), Bytes(107, 11));
}

TEST_F(PeerBooks, TakesAPeerThatHasLessForAnotherOne) {
  add_peer(kOld, 100, 10);
  book.note(document, seen);
  add_peer(kOld, 5, 20);
  book.note(document, seen);
  EXPECT_EQ(carried(book), Bytes(105, 30));
}

TEST_F(PeerBooks, CountsBothKeysOfARotation) {
  add_peer(kOld, 100, 10);
  add_peer(kNew, 3, 0, false);
  document.networks[0].endpoints[0].rotation = KeyRotation{kOld, kNew};
  book.note(document, seen);
  EXPECT_EQ(carried(book), Bytes(103, 10));
}

TEST_F(PeerBooks, TakesADeviceThatDidNotTellForNoEnd) {
  add_peer(kOld, 100, 10);
  book.note(document, seen);
  const Observed told = seen;
  seen.tunnels.clear();
  book.note(document, seen);
  book.note(document, told);
  EXPECT_EQ(carried(book), Bytes(100, 10));
}

TEST_F(PeerBooks, KnowsItAfterAStartAndForgetsWhoLeftTheDocument) {
  add_peer(kOld, 100, 10);
  book.note(document, seen);
  remove_peers();
  book.note(document, seen);
  EXPECT_EQ(carried(PeerBook(dir_)), Bytes(100, 10));
  Document without = document;
  without.networks[0].endpoints.clear();
  book.note(without, seen);
  book.note(document, seen);
  EXPECT_EQ(carried(book), Bytes(0, 0));
  EXPECT_EQ(carried(PeerBook(dir_)), Bytes(0, 0));
}

}   // namespace
}   // namespace sluice
