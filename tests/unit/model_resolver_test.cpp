// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>

#include "config/config.hpp"
#include "model/resolver_order.hpp"
#include "resolver/wire.hpp"

namespace sluice {
namespace {

Document document_of_names(const std::string& text) {
  const auto checked = check_document(text, "names.json");
  EXPECT_TRUE(checked) << (checked ? "" : checked.error().front().reason);
  return checked->document;
}

std::vector<std::string> told(const Document& document, const std::string& zone) {
  std::vector<std::string> lines;
  for (const auto& [name, addresses] : names_of_zone(document, zone))
    for (const IpAddress& address : addresses) lines.push_back(name + " " + address.to_string());
  return lines;
}

TEST(NamesOfZone, AreItsOwnThoseOfTheDocumentAndThoseOfThingsInReach) {
  const Document document = document_of_names(R"({"version": 1,
    "vrfs": {"red-net": {"table": 1100}},
    "interfaces": {"lan": {"zone": "lan", "addresses": ["192.168.10.1/24"]},
                   "red": {"zone": "red", "vrf": "red-net", "addresses": ["10.0.0.1/24"]}},
    "zones": {"lan": {"names": {"Printer.example.org": "192.168.10.7"}}, "red": {"dns": true}},
    "names": {"all.example.org": ["192.0.2.1", "2001:db8::1"]},
    "underlays": {"near": {"zone": "lan"}},
    "services": {"Shop": {"listen": "192.168.10.1", "ports": 80,
                          "backends": [{"name": "one", "near": "192.168.10.2:80"}]}}})");
  EXPECT_THAT(told(document, "lan"),
              testing::ElementsAre("printer.example.org 192.168.10.7", "all.example.org 192.0.2.1",
                                   "all.example.org 2001:db8::1", "shop.services.internal 192.168.10.1"));
  EXPECT_THAT(told(document, "red"),
              testing::ElementsAre("all.example.org 192.0.2.1", "all.example.org 2001:db8::1"));
  EXPECT_TRUE(document.zones[0].dns) << "it has names";
}

TEST(HostName, IsLabelsWithDotsBetweenThem) {
  EXPECT_EQ(host_name("_srv.Example.org"), "_srv.example.org");
  for (const char* bad : {"", ".", "a.", ".a", "a..b", "-a", "a-", "*.a", "a b"})
    EXPECT_FALSE(host_name(bad)) << bad;
  EXPECT_FALSE(host_name(std::string(64, 'a')));
}

TEST(ResolverWire, SaysWhatItWasTold) {
  const ResolverOrder order{
      .settings = {.upstreams = {*parse_endpoint("[2001:db8::53]:5353")}, .grace = std::chrono::seconds(7)},
      .zones = {{.name = "lan",
                 .places = {{*IpAddress::parse("192.168.10.1"), "lan"}},
                 .names = {{"a.example", {*IpAddress::parse("192.0.2.1")}}},
                 .domains = {"*.example.org"}}},
      .own = {*IpAddress::parse("192.168.10.1")}};
  EXPECT_EQ(std::get<ResolverOrder>(*decode_resolver_command(encode_resolver_order(order))), order);
  const auto done = std::get<LookUpDone>(*decode_resolver_command(encode_look_up_done({7, true})));
  EXPECT_TRUE(done.number == 7 && done.open);
  const ResolverNews news{.zones = {{"lan", {.queries = 3, .cached = 2}}},
                          .troubles = {"zone \"lan\": listen"},
                          .cache_bytes = 7,
                          .cache_entries = 1};
  EXPECT_EQ(std::get<ResolverNews>(*decode_resolver_saying(encode_resolver_news(news))), news);
  const NumberedLookUp look_up{
      7, {"lan", "a.example", {{*IpAddress::parse("2001:db8::1"), std::chrono::seconds(60)}}}};
  EXPECT_EQ(std::get<NumberedLookUp>(*decode_resolver_saying(encode_look_up(look_up))), look_up);
  EXPECT_FALSE(decode_resolver_command("{}"));
  EXPECT_FALSE(decode_resolver_saying("no"));
}

}   // namespace
}   // namespace sluice
