// SPDX-License-Identifier: GPL-2.0-or-later
// Collectors on this machine: what they get, and what is counted where they get nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>

#include "ipfix/collector_link.hpp"

namespace sluice::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using std::chrono::milliseconds;

constexpr size_t kWaitAtMost = 262'144;

// 26 bytes each.
std::vector<NatRecord> mappings(size_t count) {
  NatRecord record{.time = 1};
  record.inside = record.outside = IpAddress::parse("192.0.2.1")->bytes();
  record.event = NatEventNumber::kBibMade;
  return std::vector<NatRecord>(count, record);
}

uint32_t sequence_in(const std::vector<uint8_t>& header) {
  uint32_t number = 0;
  for (size_t at = 8; at < 12; ++at) number = number << 8 | header.at(at);
  return number;
}

class CollectorLinks : public testing::Test {
 protected:
  std::shared_ptr<CollectorLink> link_to(CollectorProtocol protocol, uint16_t port) {
    const Collector collector{"archive", {*IpAddress::parse("127.0.0.1"), port}, protocol};
    auto link = CollectorLink::to(io, collector, 7, counts);
    link->start();
    return link;
  }
  template <class Done>
  void run_until(Done done) {
    const auto latest = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done() && std::chrono::steady_clock::now() < latest) {
      io.restart();   // there may have been nothing to do
      io.run_for(milliseconds(5));
    }
    EXPECT_TRUE(done());
  }

  asio::io_context io{1};
  CollectorCounts counts{.name = "archive", .trouble = {}};
};

TEST_F(CollectorLinks, EachDatagramIsAMessageThatFits) {
  udp::socket listening(io, {asio::ip::address_v4::loopback(), 0});
  const auto link = link_to(CollectorProtocol::kUdp, listening.local_endpoint().port());
  link->add(mappings(300));
  run_until([&] { return counts.sent == 300; });
  size_t records = 0;
  while (listening.available()) {
    std::vector<uint8_t> message(2000);
    message.resize(listening.receive(asio::buffer(message)));
    EXPECT_LE(message.size(), 1400U);
    EXPECT_EQ(sequence_in(message), records);
    const size_t templates = records == 0 ? 248 : 0;
    records += (message.size() - 16 - templates - 4) / 26;
  }
  EXPECT_EQ(records, 300U);
  EXPECT_EQ(counts.lost, 0U);
  link->close();
}

TEST_F(CollectorLinks, WhereNobodyListensByUdpTheMessageIsLost) {
  udp::socket bound(io, {asio::ip::address_v4::loopback(), 0});
  const uint16_t port = bound.local_endpoint().port();
  bound.close();
  const auto link = link_to(CollectorProtocol::kUdp, port);
  link->add(mappings(2));
  run_until([&] { return counts.sent == 2; });
  link->add(mappings(1));
  run_until([&] { return counts.lost >= 2; });
  EXPECT_THAT(counts.trouble, testing::HasSubstr("collector \"archive\": tell 127.0.0.1"));
  EXPECT_THAT(counts.trouble, testing::EndsWith("Connection refused"));
  link->close();
}

TEST_F(CollectorLinks, WhatWaitsTooLongForTcpIsMissingAtTheBeginning) {
  tcp::acceptor acceptor(io, tcp::v4());
  acceptor.bind({asio::ip::address_v4::loopback(), 0});   // and does not listen yet
  const auto link = link_to(CollectorProtocol::kTcp, acceptor.local_endpoint().port());
  link->add(mappings(kWaitAtMost));
  EXPECT_EQ(counts.lost, 0U);
  link->add(mappings(1000));
  EXPECT_EQ(counts.lost, 1000U);
  EXPECT_EQ(counts.waiting, kWaitAtMost);
  run_until([&] { return !counts.trouble.empty(); });
  acceptor.listen();
  tcp::socket taken(io);
  bool is_taken = false;
  acceptor.async_accept(taken, [&](const auto& error) { is_taken = !error; });
  run_until([&] { return is_taken; });
  std::vector<uint8_t> header(16);
  run_until([&] { return taken.available() >= header.size(); });
  asio::read(taken, asio::buffer(header));
  EXPECT_EQ(sequence_in(header), 1000U);
  EXPECT_EQ(counts.trouble, "");
  link->close();
}

TEST_F(CollectorLinks, WhatWasNotAcknowledgedWhenTheConnectionBreaksIsLost) {
  tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  tcp::socket taken(io);
  bool is_taken = false;
  acceptor.async_accept(taken, [&](const auto& error) { is_taken = !error; });
  const auto link = link_to(CollectorProtocol::kTcp, acceptor.local_endpoint().port());
  run_until([&] { return is_taken; });
  link->add(mappings(kWaitAtMost));   // more than sockets hold, and nobody reads
  run_until([&] { return counts.sent > 0; });
  io.run_for(milliseconds(100));
  const uint64_t handed = counts.sent;
  EXPECT_LT(handed, kWaitAtMost);
  acceptor.close();
  taken.set_option(asio::socket_base::linger(true, 0));
  taken.close();
  run_until([&] { return !counts.trouble.empty(); });
  EXPECT_GT(counts.lost, 0U);
  EXPECT_LE(counts.lost, counts.sent);
  EXPECT_EQ(counts.waiting, kWaitAtMost - counts.sent);
  link->close();
  EXPECT_EQ(counts.waiting, 0U);
}

TEST_F(CollectorLinks, WhatNeverGotHereIsMissingToo) {
  udp::socket listening(io, {asio::ip::address_v4::loopback(), 0});
  const auto link = link_to(CollectorProtocol::kUdp, listening.local_endpoint().port());
  link->lose(5);
  link->add(mappings(1));
  run_until([&] { return listening.available() > 0; });
  std::vector<uint8_t> message(2000);
  listening.receive(asio::buffer(message));
  EXPECT_EQ(sequence_in(message), 5U);
  EXPECT_EQ(counts.lost, 5U);
  link->close();
}

}   // namespace
}   // namespace sluice::test
