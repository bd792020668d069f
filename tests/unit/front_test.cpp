// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/socket.h>

#include <thread>

#include "../support/parsed.hpp"
#include "../support/state_directory.hpp"
#include "base/timestamp.hpp"
#include "base/unix_socket.hpp"
#include "config/config.hpp"
#include "front/certificates.hpp"
#include "front/counts.hpp"
#include "front/haproxy_config.hpp"
#include "front/maps.hpp"
#include "front/plan.hpp"
#include "front/runtime.hpp"

namespace sluice {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

constexpr std::string_view kDocument = R"({
  "version": 1,
  "interfaces": {
    "wan": {"zone": "internet", "addresses": ["203.0.113.1/24", "2001:db8::1/64"]},
    "lan": {"zone": "lan", "addresses": ["192.168.10.1/24"]}
  },
  "underlays": {"near": {"zone": "lan"}},
  "services": {
    "web": {
      "listen": ["203.0.113.1", "2001:db8::1"], "ports": 8081, "balance": "least-connections",
      "backends": [
        {"name": "one", "near": "192.168.10.2:8080", "weight": 3},
        {"name": "two", "near": "192.168.10.3", "drain": true}
      ]
    }
  },
  "front": {
    "listen": ["203.0.113.1", "2001:db8::1"],
    "tokens": {"algorithm": "HS256", "key_file": "secret", "cookie": "token"}
  },
  "sites": {
    "shop": {"host": "Shop.example.org", "service": "web", "access": "public", "limit": "60/10s",
             "paths": [{"prefix": "/a/b", "service": "web", "strip": true}]},
    "wiki": {"host": "wiki.example.org", "service": "web", "proxy_protocol": true, "forward_token": true,
             "access": {"owner": "john", "shared": [{"user": "bob", "until": "2030-01-01T00:00:00Z"}]}}
  }
})";

FrontPaths paths() { return {"/run/sluice/front", "/var/lib/sluice/front"}; }

FrontPlan plan() {
  const auto checked = check_document(kDocument, "front.json");
  EXPECT_TRUE(checked) << (checked ? "" : checked.error().front().text);
  return front_plan(checked->document);
}

std::chrono::system_clock::time_point at(std::string_view time) { return *parse_rfc3339(time); }

TEST(FrontPlan, HasAPoolForEachWayThatSitesAskAService) {
  const FrontPlan made = plan();
  ASSERT_EQ(made.pools.size(), 2);
  EXPECT_EQ(made.pools[0].name, "pool:web");
  EXPECT_EQ(made.pools[1].name, "proxied:web");
  EXPECT_EQ(made.pools[0].balance, "leastconn");
  ASSERT_EQ(made.pools[0].servers.size(), 2) << "an address that both families lead to is one server";
  EXPECT_EQ(made.pools[0].servers[0].name, "one:near:192.168.10.2:8080");
  EXPECT_EQ(made.pools[0].servers[1].name, "two:near:192.168.10.3:8081");
  EXPECT_EQ(made.pools[0].servers[1].state, ServerState::kDrain);
}

TEST(FrontPlan, KnowsByTheAddressWhatGoesOn) {
  const FrontPlan made = plan();
  EXPECT_TRUE(carries(made, "pool:web", "one:near:192.168.10.2:8080"));
  EXPECT_TRUE(carries(made, "proxied:web", "renamed:near:192.168.10.2:8080"));
  EXPECT_TRUE(carries(made, "pool:web", "two:near:192.168.10.3:8081")) << "it drains, for ever";
  EXPECT_FALSE(carries(made, "pool:web", "one:near:192.168.10.2:8081"));
  EXPECT_FALSE(carries(made, "pool:gone", "one:near:192.168.10.2:8080"));
  EXPECT_FALSE(carries(made, "pool:web", "one"));
}

TEST(FrontMaps, SayWhatSitesAre) {
  auto maps = front_maps(plan(), {"a-secret"});
  EXPECT_THAT(maps["hosts"], ElementsAre(Pair("shop.example.org", "shop"), Pair("wiki.example.org", "wiki")));
  EXPECT_THAT(maps["sites"], ElementsAre(Pair("shop", "public|60|10|shop|0||60|10"),
                                         Pair("wiki", "private|100|60||1||1000|60")));
  EXPECT_THAT(maps["routes"], ElementsAre(Pair("shop/", "pool:web|0"), Pair("shop/a/b/", "pool:web|2"),
                                          Pair("wiki/", "proxied:web|0")));
  EXPECT_THAT(maps["access"], ElementsAre(Pair("wiki/bob", "1893456000"), Pair("wiki/john", "0")));
  EXPECT_THAT(maps["secrets"], ElementsAre(Pair("0", "a-secret")));
}

TEST(FrontMaps, KnowWhoMayStay) {
  const FrontPlan made = plan();
  const auto now = at("2029-12-31T23:59:59Z"), later = at("2030-01-01T00:00:00Z");
  EXPECT_TRUE(may_open(made, "shop", "", now));
  EXPECT_TRUE(may_open(made, "wiki", "john", later));
  EXPECT_TRUE(may_open(made, "wiki", "bob", now));
  EXPECT_FALSE(may_open(made, "wiki", "bob", later));
  EXPECT_FALSE(may_open(made, "wiki", "", now));
  EXPECT_FALSE(may_open(made, "gone", "john", now));
  EXPECT_TRUE(ends_between(made, now, later));
  EXPECT_FALSE(ends_between(made, later, later + std::chrono::hours(1)));
}

TEST(HaproxyConfig, HasAMarkOfAllButServersAndMaps) {
  FrontPlan made = plan();
  const HaproxyConfig before = haproxy_config(made, paths());
  EXPECT_THAT(before.text, HasSubstr("description " + before.mark));
  made.pools[0].servers[0].state = ServerState::kMaint;
  made.sites[0].host = "other.example.org";
  EXPECT_EQ(haproxy_config(made, paths()).mark, before.mark);
  EXPECT_NE(haproxy_config(made, paths()).text, before.text);
  made.front->http = 8080;
  EXPECT_NE(haproxy_config(made, paths()).mark, before.mark);
}

TEST(HaproxyConfig, CountsAddressesOverTheTimeOfTheirLimitAndUsersOverTheirs) {
  FrontPlan made = plan();
  made.front->public_limit = {.requests = 7, .period = std::chrono::seconds(30)};
  const std::string text = haproxy_config(made, paths()).text;
  EXPECT_THAT(text, HasSubstr("backend addresses_30\n  stick-table type ipv6 "));
  EXPECT_THAT(text, HasSubstr("{ sc_http_req_rate(0) le 7 }"));
  EXPECT_THAT(text, AllOf(HasSubstr("backend requests_60\n"), HasSubstr("backend requests_10\n"),
                          Not(HasSubstr("backend requests_30\n"))));
}

TEST(HaproxyConfig, HasNoSecrets) {
  FrontPlan made = plan();
  made.front->tokens->key_files = {"0"};
  const std::string text = haproxy_config(made, paths()).text;
  EXPECT_THAT(text, HasSubstr("jwt_verify(HS256,txn.secret)"));
  EXPECT_THAT(text, Not(HasSubstr("a-secret")));
}

TEST(HaproxyConfig, LeavesBackendsOfAVrfByItsDevice) {
  const FrontPlan made = plan();
  FrontServer server = made.pools[0].servers[0];
  server.device = "blue0";
  EXPECT_EQ(server_words(server, made.pools[1]),
            "192.168.10.2:8080 weight 3 send-proxy-v2 source 0.0.0.0 interface blue0");
}

// HAProxy's master executes itself twice when it begins anew; who has asked meanwhile hears nothing.
using HaproxyMaster = test::StateDirectoryTest;
TEST_F(HaproxyMaster, ThatHangsUpHasNotBegun) {
  const auto path = dir_ / "master.sock";
  const auto listener = unix_stream_socket(Waits::kYes);
  ASSERT_EQ(bind_unix(*listener, *unix_address(path)), 0);
  ASSERT_EQ(::listen(listener->get(), 1), 0);
  const std::jthread master([&] { const UniqueFd asks(::accept(listener->get(), nullptr, nullptr)); });
  EXPECT_FALSE(find_workers(HaproxySocket(path, std::chrono::seconds(5))));
}

TEST(HaproxyAnswers, AreRead) {
  const auto servers =
      parse_servers("1\n# be_id be_name\n7 pool:web 1 one 127.0.0.1 2 9 3 1 20 1\nshort line\n\n");
  ASSERT_EQ(servers.size(), 1);
  EXPECT_EQ(servers[0].pool, "pool:web");
  EXPECT_EQ(servers[0].name, "one");
  EXPECT_EQ(servers[0].admin_state, 9);
  EXPECT_EQ(servers[0].weight, 3);
  EXPECT_THAT(
      parse_workers("#<PID> <type>\n100 master 1\n# workers\n101 worker 0\n# old workers\n99 worker 1\n"),
      ElementsAre(101, 99));
  EXPECT_THAT(parse_table_keys("# table: open\n0x55: key=192.0.2.1:7/wiki/john use=1 exp=0 conn_cur=1\n"),
              ElementsAre("192.0.2.1:7/wiki/john"));
  const auto streams = parse_streams("0x7f: proto=tcpv4 src=192.0.2.1:7 fe=https be=pool:web srv=one ts=0\n");
  ASSERT_EQ(streams.size(), 1);
  EXPECT_EQ(streams[0].id, "0x7f");
  EXPECT_EQ(streams[0].client, "192.0.2.1:7");
  EXPECT_EQ(streams[0].server, "one");
  EXPECT_EQ(parse_info("Name: HAProxy\ndescription: abc\n", "description"), "abc");
  EXPECT_EQ(parse_info("Name: HAProxy\n", "description"), std::nullopt);
}

TEST(HaproxyAnswers, SayWhetherCountsWereHeard) {
  const auto heard = [](std::string_view flags) {
    return parse_peers(
        fmt::format("0x55: [26/Nov/2026:15:00:00] id=self disabled=0 flags=0x{} task_calls=1\n"
                    "  0x56: id=sluiced(remote,inactive) addr=?:0 flags=0x0\n",
                    flags));
  };
  EXPECT_EQ(heard("0"), CountsHeard::kWaits);
  EXPECT_EQ(heard("100c"), CountsHeard::kWaits);
  EXPECT_EQ(heard("11"), CountsHeard::kAsks);
  EXPECT_EQ(heard("1103"), CountsHeard::kAll);
  EXPECT_EQ(parse_peers("Unknown command"), CountsHeard::kWaits);
}

TEST(Certificates, AreNoneWithoutAKeyOfTheirs) {
  const auto read = read_certificate("nonsense", "nonsense");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "there is no certificate in it");
  EXPECT_EQ(test::outcome(check_public_key("nonsense", true)), "it is not a public key as PEM");
}

}   // namespace
}   // namespace sluice
