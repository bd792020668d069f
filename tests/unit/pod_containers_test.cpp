// SPDX-License-Identifier: GPL-2.0-or-later
// What containers are given, and what they mean in the words of documents.
#include <gmock/gmock.h>
#include <netinet/in.h>

#include "gateway/container_book.hpp"
#include "pod/container_addresses.hpp"
#include "pod/expand_containers.hpp"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Container container_called(std::string name, std::string subnet = "172.20.1.0/24") {
  Container made;
  made.id = name + "0123456789abcdef";
  made.interface = "eth0";
  made.name = std::move(name);
  made.zone = "dmz";
  made.space = "/run/netns/" + made.name;
  made.number = 42;
  made.subnet = *Prefix::parse(subnet);
  return made;
}

Container attach(Containers& all, Container one) {
  EXPECT_TRUE(place_container(one, all, {}));
  all.attached.push_back(one);
  return one;
}

Document with_zones() {
  Document document;
  Interface wan, lan;
  wan.name = "wan";
  wan.zone = "internet";
  wan.addresses = {*InterfaceAddress::parse("203.0.113.1/24")};
  lan.name = "lan";
  lan.zone = "lan";
  document.interfaces = {wan, lan};
  document.zones = {{.name = "internet"}, {.name = "lan"}, {.name = "dmz"}};
  return document;
}

TEST(ContainerAddresses, ComeInPairsAndRest) {
  Containers all;
  EXPECT_EQ(attach(all, container_called("a")).address.to_string(), "172.20.1.3");
  EXPECT_EQ(container_gateway(all.attached[0].address).to_string(), "172.20.1.2");
  EXPECT_EQ(attach(all, container_called("b")).address.to_string(), "172.20.1.5");
  all.attached.pop_back();
  EXPECT_EQ(attach(all, container_called("c")).address.to_string(), "172.20.1.7") << "5 rests";
}

TEST(ContainerAddresses, AreKeptByWhoIsAttachedAlready) {
  Containers all;
  const Container first = attach(all, container_called("a"));
  attach(all, container_called("b"));
  Container again = container_called("a");
  again.number = 43;
  ASSERT_TRUE(place_container(again, all, {}));
  EXPECT_EQ(again.address, first.address);
  EXPECT_EQ(again.device, first.device);
}

TEST(ContainerAddresses, RunOutAndComeRound) {
  Containers all;
  for (const char* name : {"a", "b", "c"}) attach(all, container_called(name, "192.0.2.0/29"));
  Container fourth = container_called("d", "192.0.2.0/29");
  EXPECT_THAT(place_container(fourth, all, {}).error().message,
              HasSubstr("no address is left in 192.0.2.0/29"));
  all.attached.erase(all.attached.begin());
  ASSERT_TRUE(place_container(fourth, all, {}));
  EXPECT_EQ(fourth.address.to_string(), "192.0.2.3");
}

TEST(ContainerAddresses, OfBothFamiliesGoTogether) {
  Containers all;
  Container dual = container_called("a");
  dual.subnet6 = *Prefix::parse("2001:db8:20::/64");
  EXPECT_EQ(attach(all, dual).address6->to_string(), "2001:db8:20::3");
}

TEST(ContainerAddresses, CanBeAskedFor) {
  Containers all;
  Container asks = container_called("a");
  asks.asked = IpAddress::parse("172.20.1.11");
  EXPECT_EQ(attach(all, asks).address.to_string(), "172.20.1.11");
  Container other = container_called("b");
  for (const auto& [address, why] :
       {std::pair("172.20.1.11", "another container, or the gateway towards it, has it"),
        {"172.20.1.10", "another container, or the gateway towards it, has it"},
        {"172.20.1.1", "containers have addresses from 172.20.1.2 on"},
        {"172.20.2.11", "it is not of 172.20.1.0/24"}}) {
    other.asked = IpAddress::parse(address);
    EXPECT_THAT(place_container(other, all, {}).error().message, HasSubstr(why));
  }
}

TEST(ContainerAddresses, MayBeTheLowerOnesOfTheirPairs) {
  Containers all;
  Container asks = container_called("a");
  asks.asked = IpAddress::parse("172.20.1.10");
  const IpAddress given = attach(all, asks).address;
  EXPECT_EQ(given.to_string(), "172.20.1.10");
  EXPECT_EQ(container_gateway(given).to_string(), "172.20.1.11");
  EXPECT_EQ(container_gateway(container_gateway(given)), given);
}

TEST(ContainerDevices, HaveNamesThatNobodyHas) {
  Containers all;
  Container one = container_called("a.long-name_of-a-container");
  ASSERT_TRUE(place_container(one, all, {"ct-a-long-name_"}));
  EXPECT_EQ(one.device, "ct-a-long-nam-2");
}

TEST(ContainerBook, IsReadBackAsItWasWritten) {
  Containers all;
  Container dual = container_called("a");
  dual.subnet6 = *Prefix::parse("2001:db8:20::/64");
  dual.ports = {{IPPROTO_TCP, std::nullopt, 8080, 80},
                {IPPROTO_UDP, IpAddress::parse("2001:db8::1"), 53, 5353}};
  dual.since = 1'800'000'000;
  attach(all, dual);
  attach(all, container_called("b"));
  const std::string text = text_of(all);
  const auto read = parse_containers(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(text_of(*read), text);
  EXPECT_EQ(read->attached[0].ports, dual.ports);
  EXPECT_EQ(read->last, all.last);
}

TEST(ContainerBook, ThatIsDamagedIsNone) {
  Containers all;
  attach(all, container_called("a"));
  const std::string text = text_of(all);
  for (size_t length = 0; length < text.size(); ++length)
    EXPECT_FALSE(parse_containers(std::string_view(text).substr(0, length)));
  for (const char* wrong :
       {"[]", "{}", R"({"attached": [{}], "last": {}})", R"({"attached": 7, "last": {}})",
        R"({"attached": [], "last": {"x": 1}})", R"({"attached": [], "last": {"192.0.2.0/24": "x"}})"})
    EXPECT_FALSE(parse_containers(wrong)) << wrong;
}

TEST(ExpandedContainers, AreInterfacesWithForwardsOfTheirPorts) {
  Document document = with_zones();
  Containers all;
  Container web = container_called("web");
  web.ports = {{IPPROTO_TCP, std::nullopt, 8080, 80},
               {IPPROTO_UDP, IpAddress::parse("203.0.113.1"), 53, 5353}};
  attach(all, web);
  EXPECT_THAT(expand_containers(document, all.attached, {}), IsEmpty());
  const Interface& made = document.interfaces.back();
  EXPECT_EQ(made.zone, "dmz");
  EXPECT_THAT(made.addresses, ElementsAre(*InterfaceAddress::parse("172.20.1.2/31")));
  const Veth& veth = std::get<Veth>(made.made);
  EXPECT_EQ(veth.space, "/run/netns/web");
  EXPECT_EQ(veth.number, 42u);
  ASSERT_EQ(document.forwards.size(), 3u);
  EXPECT_EQ(document.forwards[0].name, "container:web:8080/tcp");
  EXPECT_EQ(std::get<std::string>(document.forwards[0].listen), "wan");
  EXPECT_EQ(std::get<std::string>(document.forwards[1].listen), "lan");
  EXPECT_EQ(document.forwards[2].to_port, 5353);
}

TEST(ExpandedContainers, AreLeftOutWhereTheyHaveNoPlace) {
  const auto why_of = [](const Container& one, Document document,
                         const std::vector<TakenNetwork>& taken = {}) {
    const auto left = expand_containers(document, {one}, taken);
    EXPECT_THAT(document.containers, IsEmpty());
    return left.empty() ? std::string() : left.front();
  };
  Containers all;
  Container web = attach(all, container_called("web"));
  web.zone = "dmx";
  EXPECT_EQ(why_of(web, with_zones()),
            "container \"web\" (web012345678): there is no zone \"dmx\" in the document");
  web.zone = "dmz";
  EXPECT_THAT(why_of(web, with_zones(), {{*Prefix::parse("172.20.0.0/16"), "eth5 has it"}}),
              HasSubstr("172.20.1.0/24 overlaps 172.20.0.0/16: eth5 has it"));
  web.pod = "app1";
  EXPECT_THAT(why_of(web, with_zones()), HasSubstr("there is no pod \"app1\" in the document"));
  web.pod.clear();
  web.ports = {{IPPROTO_TCP, std::nullopt, 80, 80}};
  Document other = with_zones();
  Forward taken;
  taken.name = "own";
  taken.listen = *IpAddress::parse("203.0.113.1");
  taken.protocols = {IPPROTO_TCP};
  taken.ports = {{79, 81}};
  taken.line = 7;
  other.forwards = {taken};
  EXPECT_THAT(why_of(web, other), HasSubstr("port 80/tcp of wan is that of forward \"own\" (line 7)"));
  other.forwards.clear();
  other.front = Front{};
  other.front->listen = {*IpAddress::parse("203.0.113.1")};
  EXPECT_THAT(why_of(web, other), HasSubstr("port 80 of wan is that of the front"));
}

TEST(ExpandedContainers, TakeNoPortThatTheGatewayIsSpokenToAt) {
  Containers all;
  Container game = attach(all, container_called("game"));
  game.ports = {{IPPROTO_UDP, std::nullopt, 51820, 51820}};
  Document document = with_zones();
  document.networks.emplace_back().name = "home";
  document.networks[0].port = 51820;
  EXPECT_THAT(expand_containers(document, {game}, {}),
              ElementsAre(HasSubstr("port 51820/udp of wan is that of network \"home\"")));
  game.ports = {{IPPROTO_TCP, std::nullopt, 51820, 51820}};
  EXPECT_THAT(expand_containers(document, {game}, {}), IsEmpty());
  Document other = with_zones();
  other.relay = Relay{};
  other.relay->ports = {42000, 42100};
  game.ports = {{IPPROTO_UDP, std::nullopt, 42050, 80}};
  EXPECT_THAT(expand_containers(other, {game}, {}), ElementsAre(HasSubstr("is that of the relay")));
}

TEST(ExpandedContainers, GoBeforeWhatAHostAskedForByItself) {
  Containers all;
  Container web = attach(all, container_called("web"));
  web.ports = {{IPPROTO_TCP, std::nullopt, 8080, 80}};
  Document document = with_zones();
  Forward lease;
  lease.name = "mapping:lan:192.168.10.2:tcp:8080";
  lease.listen = "wan";
  lease.to = *IpAddress::parse("192.168.10.2");
  lease.protocols = {IPPROTO_TCP};
  lease.ports = {{8080, 8080}};
  document.forwards = {lease};
  EXPECT_THAT(expand_containers(document, {web}, {}), IsEmpty());
  for (const Forward& forward : document.forwards) EXPECT_EQ(forward.name, "container:web:8080/tcp");
}

}   // namespace
}   // namespace sluice
