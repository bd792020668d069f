// SPDX-License-Identifier: GPL-2.0-or-later
#include "mapper/mapper.hpp"

#include <gmock/gmock.h>
#include <netinet/in.h>

#include "mapper/wire.hpp"

namespace sluice {
namespace {

using std::chrono::seconds;
using testing::IsEmpty;

const IpAddress kAsking = *IpAddress::parse("192.168.10.2");

MappingOrder order_of_lan() {
  MappingOrder order;
  order.zones = {{.name = "lan",
                  .places = {{*IpAddress::parse("192.168.10.1"), "lan"}},
                  .hosts = difference(*Prefix::parse("192.168.10.0/24"), *Prefix::parse("192.168.10.1/32")),
                  .outside = IpAddress::parse("203.0.113.1")}};
  order.longest = seconds(3600);
  order.start = std::chrono::floor<seconds>(std::chrono::system_clock::now());
  return order;
}

class MapperHears : public testing::Test {
 protected:
  MapperHears() { mapper_.follow(order_of_lan()); }

  void hear(const pcp::Bytes& message, const IpAddress& source = kAsking) {
    mapper_.hear("lan", source, message, [this](const pcp::Bytes& answer) { answers_.push_back(answer); });
  }
  static pcp::Bytes nat_pmp(uint16_t port) {
    return {0, 1, 0, 0, static_cast<uint8_t>(port >> 8), static_cast<uint8_t>(port), 0, 0, 0, 0, 0x20, 0};
  }

  std::vector<MappingRequest> asked_;
  std::vector<pcp::Bytes> answers_;
  Mapper mapper_{[this](const MappingRequest& request) { asked_.push_back(request); }};
};

TEST_F(MapperHears, WhatIsGrantedIsTold) {
  hear(nat_pmp(5060));
  ASSERT_EQ(asked_.size(), 1u);
  EXPECT_EQ(asked_[0].key, (LeaseKey{"lan", kAsking, IPPROTO_UDP, 5060}));
  EXPECT_EQ(asked_[0].life, seconds(3600)) << "no longer than it may be";
  EXPECT_THAT(answers_, IsEmpty());
  mapper_.done({asked_[0].number, MappingResult::kGranted, 6000, seconds(60)});
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0][3], 0);
  mapper_.done({asked_[0].number, MappingResult::kGranted, 6000, seconds(60)});
  EXPECT_EQ(answers_.size(), 1u) << "told twice, answered once";
}

TEST_F(MapperHears, StrangersNothing) {
  hear({0, 0}, *IpAddress::parse("198.51.100.7"));
  hear({0, 0}, *IpAddress::parse("192.168.10.1"));
  EXPECT_THAT(answers_, IsEmpty());
  EXPECT_EQ(mapper_.counts().strangers, 2u);
}

TEST_F(MapperHears, OneClientAsMuchAsItsShare) {
  for (int i = 0; i < 5000; ++i) hear({0, 0});
  EXPECT_LT(answers_.size(), 1000u);
  EXPECT_GE(answers_.size(), 128u);
  hear({0, 0}, *IpAddress::parse("192.168.10.3"));
  EXPECT_EQ(mapper_.counts().dropped + answers_.size(), 5001u);
  EXPECT_EQ(answers_.back()[1], 0x80) << "another one is heard";
}

TEST_F(MapperHears, AFloodInOneZoneIsNoneInAnother) {
  MappingOrder order = order_of_lan();
  MappingZone guests = order.zones.front();
  guests.name = "guests";
  guests.hosts = {*Prefix::parse("192.168.20.0/24")};
  order.zones.push_back(guests);
  mapper_.follow(order);
  for (int i = 0; i < 5000; ++i)
    hear(nat_pmp(5060), *IpAddress::parse("192.168.10." + std::to_string(2 + i % 250)));
  EXPECT_EQ(asked_.size(), Mapper::kMostOpen / 2);
  const auto other = *IpAddress::parse("192.168.20.2");
  mapper_.hear("guests", other, nat_pmp(5060), [](const pcp::Bytes&) {});
  EXPECT_EQ(asked_.back().key.host, other);
}

TEST_F(MapperHears, OnlyAsManyWaitAsMay) {
  for (int i = 0; i < 2000; ++i)
    hear(nat_pmp(5060), *IpAddress::parse("192.168.10." + std::to_string(2 + i % 250)));
  EXPECT_EQ(asked_.size(), Mapper::kMostOpen);
}

TEST(MapperWire, WhatIsSaidIsRead) {
  const MappingOrder order = order_of_lan();
  const auto told = decode_mapper_command(encode_mapping_order(order));
  ASSERT_TRUE(told);
  EXPECT_EQ(std::get<MappingOrder>(*told), order);
  MappingRequest request;
  request.number = 7;
  request.key = {"lan", kAsking, IPPROTO_TCP, 80};
  request.nonce = "000102030405060708090a0b";
  request.life = seconds(60);
  const auto said = decode_mapper_saying(encode_mapping_request(request));
  ASSERT_TRUE(said);
  EXPECT_EQ(std::get<MappingRequest>(*said), request);
  request.key.host = *IpAddress::parse("2001:db8::1");
  EXPECT_FALSE(decode_mapper_saying(encode_mapping_request(request)));
  const MappingAnswer answer{7, MappingResult::kQuota, 0, seconds(0)};
  EXPECT_EQ(std::get<MappingAnswer>(*decode_mapper_command(encode_mapping_answer(answer))), answer);
  EXPECT_FALSE(decode_mapper_command(R"({"answer": 1, "result": 99, "port": 0, "life": 0})"));
}

}   // namespace
}   // namespace sluice
