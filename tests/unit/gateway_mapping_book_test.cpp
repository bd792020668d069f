// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <unistd.h>

#include <fstream>

#include "config/config.hpp"
#include "gateway/mapping_book.hpp"

namespace sluice {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

const MappingBook::Time kBookBegins{std::chrono::hours(1'000'000)};
const IpAddress kOwner = *IpAddress::parse("192.168.10.2"), kOtherHost = *IpAddress::parse("192.168.10.3");
constexpr const char* kNonce = "000102030405060708090a0b";

Document with_mappings(const std::string& requests, const std::string& forwards = "") {
  const auto checked = check_document(
      R"({"version": 1, "interfaces": {"lan": {"zone": "lan", "addresses": ["192.168.10.1/24"]},
    "guests": {"zone": "guests", "addresses": ["192.168.20.1/24"]}, "wan": {"zone": "internet", "addresses": ["203.0.113.1/24"]}},
    "nat": {"masquerade": [{"name": "out", "from": ["lan", "guests"], "to": "internet"}], "forwards": [)" +
          forwards + R"(]}, "mapping_requests": )" + requests + "}",
      "mappings.json");
  EXPECT_TRUE(checked) << (checked ? "" : checked.error().front().reason);
  return checked->document;
}

MappingRequest for_port(uint16_t port, const IpAddress& host = kOwner, const std::string& nonce = kNonce) {
  MappingRequest request;
  request.key = {"lan", host, IPPROTO_UDP, port};
  request.nonce = nonce;
  request.life = seconds(60);
  return request;
}

class MappingsOfHosts : public testing::Test {
 protected:
  MappingsOfHosts()
      : folder_(std::filesystem::temp_directory_path() / ("sluice-mappings-" + std::to_string(::getpid()))),
        book_((std::filesystem::create_directories(folder_), folder_), kBookBegins) {}
  ~MappingsOfHosts() override { std::filesystem::remove_all(folder_); }

  MappingAnswer ask(const MappingRequest& request, seconds later = seconds(0)) {
    return book_.heed(document_, request, TakenPorts::of(document_), kBookBegins + later);
  }
  // The outside port, or 0.
  uint16_t port_for(const MappingRequest& request) { return ask(request).port; }
  static std::vector<std::string> forwards_of(const MappingBook& book, Document document) {
    book.settle(document);
    std::vector<std::string> names;
    for (const Forward& forward : document.forwards) names.push_back(forward.name);
    return names;
  }

  std::filesystem::path folder_;
  Document document_ = with_mappings(R"({"from": "lan", "ports": "5000-5003", "per_host": 3})");
  MappingBook book_;
};

TEST_F(MappingsOfHosts, TheWantedPortOrTheNextOneThatIsFree) {
  EXPECT_EQ(port_for(for_port(5001)), 5001) << "its own number";
  EXPECT_EQ(port_for(for_port(5001, kOtherHost)), 5002);
  MappingRequest wanted = for_port(80);
  wanted.wanted_port = 5003;
  EXPECT_EQ(port_for(wanted), 5003);
  EXPECT_EQ(port_for(for_port(9, kOtherHost)), 5000);
  EXPECT_EQ(ask(for_port(10, kOtherHost)).result, MappingResult::kNoResources) << "all are given";
  MappingRequest tcp = for_port(10, kOtherHost);
  tcp.key.protocol = IPPROTO_TCP;
  EXPECT_EQ(port_for(tcp), 5000) << "another protocol has ports of its own";
}

TEST_F(MappingsOfHosts, ThatVeryPortOrNone) {
  MappingRequest wanted = for_port(80);
  wanted.wanted_port = 5001;
  wanted.exactly = true;
  EXPECT_EQ(port_for(wanted), 5001);
  wanted.key.host = kOtherHost;
  EXPECT_EQ(ask(wanted).result, MappingResult::kNotThatPort);
  wanted.wanted_port = 80;
  EXPECT_EQ(ask(wanted).result, MappingResult::kNotThatPort) << "outside of what there is";
}

TEST_F(MappingsOfHosts, AskedAgainItLivesLonger) {
  const auto first = ask(for_port(5001));
  const auto again = ask(for_port(5001), seconds(30));
  EXPECT_EQ(again.port, first.port);
  EXPECT_EQ(book_.next(), kBookBegins + seconds(90));
  EXPECT_EQ(book_.leases().size(), 1u);
}

TEST_F(MappingsOfHosts, WhoMadeItHasIt) {
  ask(for_port(5001));
  for (const std::string& nonce : {std::string("ffffffffffffffffffffffff"), std::string()}) {
    MappingRequest stranger = for_port(5001, kOwner, nonce);
    EXPECT_EQ(ask(stranger).result, MappingResult::kNotAuthorized);
    stranger.life = seconds(0);
    EXPECT_EQ(ask(stranger).result, MappingResult::kNotAuthorized);
  }
  MappingRequest end = for_port(5001);
  end.life = seconds(0);
  EXPECT_EQ(ask(end).result, MappingResult::kGranted);
  EXPECT_THAT(book_.leases(), IsEmpty());
  EXPECT_EQ(ask(end).result, MappingResult::kGranted) << "it is gone, as was asked for";
}

TEST_F(MappingsOfHosts, OneHostHasItsQuota) {
  for (uint16_t port : {1, 2, 3}) EXPECT_NE(port_for(for_port(port)), 0);
  EXPECT_EQ(ask(for_port(4)).result, MappingResult::kQuota);
  EXPECT_EQ(ask(for_port(3)).result, MappingResult::kGranted) << "which it has";
  EXPECT_NE(port_for(for_port(4, kOtherHost)), 0);
}

TEST_F(MappingsOfHosts, OneZoneLeavesOthersTheirs) {
  document_ = with_mappings(R"({"from": ["lan", "guests"], "ports": "5000-5019", "per_host": 100})");
  const auto granted = [&](const char* zone, const char* host) {
    size_t count = 0;
    for (uint16_t port = 1; port <= 20; ++port) {
      MappingRequest request = for_port(port, *IpAddress::parse(host));
      request.key.zone = zone;
      count += ask(request).result == MappingResult::kGranted;
    }
    return count;
  };
  EXPECT_EQ(granted("lan", "192.168.10.2"), 15u) << "three quarters are for whoever comes first";
  EXPECT_EQ(granted("lan", "192.168.10.3"), 0u) << "another address of the same tenant";
  EXPECT_EQ(granted("guests", "192.168.20.2"), 5u) << "all that are left";
}

TEST_F(MappingsOfHosts, WhatAPolicyOpensOfTheGatewayIsItsOwn) {
  ask(for_port(5001));
  Policy policy;
  policy.name = "admin";
  policy.from = {"internet"};
  policy.to = {"host"};
  policy.protocols = {IPPROTO_UDP};
  policy.ports = {{5000, 5001}};
  policy.action = Action::kAccept;
  document_.policies.push_back(policy);
  EXPECT_THAT(forwards_of(book_, document_), IsEmpty()) << "also where somebody has it already";
  EXPECT_EQ(port_for(for_port(5000, kOtherHost)), 5002);
  document_.policies.back().from = {"lan"};
  EXPECT_EQ(port_for(for_port(5000, kOwner)), 5000) << "what is for asking zones alone is called elsewhere";
}

TEST_F(MappingsOfHosts, WhatTheGatewayHasNowIsNoHost) {
  ask(for_port(5001));
  ask(for_port(5002, kOtherHost));
  const auto lan = std::ranges::find(document_.interfaces, "lan", &Interface::name);
  lan->addresses = {{*IpAddress::parse("192.168.10.1"), 30}};
  EXPECT_THAT(forwards_of(book_, document_), ElementsAre("mapping:lan:192.168.10.2:udp:5001"))
      << "192.168.10.3 is a broadcast address now";
  lan->addresses.push_back({kOwner, 32});
  EXPECT_THAT(forwards_of(book_, document_), IsEmpty());
}

TEST_F(MappingsOfHosts, AllOfNatPmpEndTogether) {
  ask(for_port(1, kOwner, ""));
  ask(for_port(2, kOwner, ""));
  ask(for_port(3));
  ask(for_port(1, kOtherHost, ""));
  MappingRequest all = for_port(0, kOwner, "");
  all.life = seconds(0);
  all.all = true;
  EXPECT_EQ(ask(all).result, MappingResult::kGranted);
  std::vector<std::string> names;
  for (const auto& [key, lease] : book_.leases()) names.push_back(name_of_lease(key));
  EXPECT_THAT(names, ElementsAre("mapping:lan:192.168.10.2:udp:3", "mapping:lan:192.168.10.3:udp:1"));
}

TEST_F(MappingsOfHosts, LifeHasAnEnd) {
  document_ = with_mappings(R"({"from": "lan", "lifetime": "10s"})");
  EXPECT_EQ(ask(for_port(5001)).life, seconds(10));
  book_.settle(document_);
  EXPECT_FALSE(book_.prune(document_, kBookBegins + seconds(9)));
  EXPECT_TRUE(book_.prune(document_, kBookBegins + seconds(10)));
  EXPECT_EQ(book_.start(), kBookBegins) << "nothing was lost";
}

TEST_F(MappingsOfHosts, TheDocumentGoesFirst) {
  ask(for_port(5001));
  EXPECT_THAT(forwards_of(book_, document_), ElementsAre("mapping:lan:192.168.10.2:udp:5001"));
  Document changed = with_mappings(R"({"from": "lan"})",
                                   R"({"name": "sip", "listen": "wan", "protocol": "udp",
                                       "ports": "5000-5001", "to": "192.168.10.9"})");
  EXPECT_THAT(forwards_of(book_, changed), ElementsAre("sip"));
  book_.settle(changed);
  EXPECT_TRUE(book_.prune(changed, kBookBegins + seconds(5)));
  EXPECT_EQ(book_.start(), kBookBegins + seconds(5)) << "hosts are to ask anew";
  EXPECT_EQ(book_.heed(changed, for_port(5000), TakenPorts::of(changed), kBookBegins).port, 5002);
}

TEST_F(MappingsOfHosts, AreKept) {
  ask(for_port(5001));
  book_.note_outside({{"lan", *IpAddress::parse("203.0.113.1")}}, kBookBegins);
  ASSERT_TRUE(book_.keep());
  MappingBook next(folder_, kBookBegins + seconds(20));
  EXPECT_EQ(next.start(), kBookBegins);
  EXPECT_EQ(forwards_of(next, document_), forwards_of(book_, document_));
  next.note_outside({{"lan", *IpAddress::parse("203.0.113.1")}}, kBookBegins + seconds(20));
  EXPECT_EQ(next.start(), kBookBegins);
  next.note_outside({{"lan", *IpAddress::parse("203.0.113.2")}}, kBookBegins + seconds(20));
  EXPECT_EQ(next.start(), kBookBegins + seconds(20)) << "another address: hosts are to ask anew";
}

TEST_F(MappingsOfHosts, DamageBeginsAnotherEpoch) {
  ask(for_port(5001));
  ASSERT_TRUE(book_.keep());
  std::ofstream(folder_ / "mappings.json", std::ios::app) << "}";
  MappingBook next(folder_, kBookBegins + seconds(20));
  EXPECT_THAT(next.leases(), IsEmpty());
  EXPECT_EQ(next.start(), kBookBegins + seconds(20));
}

}   // namespace
}   // namespace sluice
