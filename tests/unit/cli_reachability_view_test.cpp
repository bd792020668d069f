// SPDX-License-Identifier: GPL-2.0-or-later
// What the terminal view of `reachability status` shows: lines out of answers, and what of them fits a
// screen.
#include <gmock/gmock.h>

#include "base/timestamp.hpp"
#include "cli/reachability_lines.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

const auto kNow = std::chrono::system_clock::time_point(*parse_rfc3339("2026-11-20T09:00:00Z"));

json full_status() {
  return json::parse(R"({
    "path": "direct", "endpoint": "203.0.113.1:51820", "nat": "double NAT",
    "dns": {"status": "current", "subdomain": "alice.example.org", "points_to": ["203.0.113.1"]},
    "test": {"number": 2, "running": false, "ended": "2026-11-20T08:59:50Z"},
    "layers": [{"kind": "home", "outside": "100.64.7.2", "mapping": null, "filtering": null}],
    "upnp": {"router": "192.168.1.1", "ports": [
      {"network": "home", "status": "mapped", "by": "pcp", "external_ip": "100.64.7.2",
       "external_port": 51820, "until": "2026-11-20T09:29:30Z", "reason": null}]},
    "stun": {"ports": [{"network": "home", "status": "answered", "mapped": "203.0.113.1:51820",
                        "server": "stun.example.org:3478"}]},
    "wireguard": {
      "networks": [{"name": "home", "port": 51820, "path": "direct", "endpoint": "203.0.113.1:51820"}],
      "peers": [{"name": "phone", "network": "home", "path": "direct", "state": "active",
                 "last_handshake": "2026-11-20T08:58:37Z", "endpoint": "192.0.2.7:40000"},
                {"name": "laptop", "network": "home", "path": "none", "state": "never",
                 "last_handshake": null, "endpoint": null}]}})");
}

json three_relays() {
  return json::parse(R"([
    {"name": "silent", "state": "down", "in_use": false, "latency_ms": null, "endpoint": null},
    {"name": "far", "state": "up", "in_use": false, "latency_ms": 80.5, "endpoint": "203.0.113.9:42000"},
    {"name": "near", "state": "up", "in_use": true, "latency_ms": 9.25, "endpoint": "203.0.113.8:42000"}])");
}

std::vector<std::string> texts(const std::vector<ViewLine>& lines) {
  std::vector<std::string> all;
  for (const ViewLine& line : lines) all.push_back(line.text);
  return all;
}

TEST(ReachabilityLines, SayEverythingThatIsAskedForInWords) {
  EXPECT_THAT(texts(reachability_lines(full_status(), json::array(), kNow)),
              ElementsAre("path      direct",                                                   //
                          "endpoint  203.0.113.1:51820",                                        //
                          "NAT       double NAT",                                               //
                          "router    192.168.1.1",                                              //
                          "name      alice.example.org to 203.0.113.1: current",                //
                          "tested    10s ago",                                                  //
                          "",                                                                   //
                          "NETWORK   PORT  PATH    CALLERS DIAL",                               //
                          "home     51820  direct  203.0.113.1:51820",                          //
                          "",                                                                   //
                          "NAT   OUTSIDE     MAPPING  FILTERING",                               //
                          "home  100.64.7.2  -        -",                                       //
                          "",                                                                   //
                          "NETWORK  ROUTER  BY   OUTSIDE           ENDS        REASON",         //
                          "home     mapped  pcp  100.64.7.2:51820  in 29m 30s  -",              //
                          "",                                                                   //
                          "NETWORK  STUN      SEEN AS            SERVER",                       //
                          "home     answered  203.0.113.1:51820  stun.example.org:3478",        //
                          "",                                                                   //
                          "PEER    NETWORK  PATH    STATE   LAST HANDSHAKE  FROM",              //
                          "phone   home     direct  active  1m 23s ago      192.0.2.7:40000",   //
                          "laptop  home     none    never   -               -"));
}

TEST(ReachabilityLines, HaveTheNearestRelayFirst) {
  const auto lines = texts(reachability_lines(json::object(), three_relays(), kNow));
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_THAT(lines[3], HasSubstr("near    up     yes"));
  EXPECT_THAT(lines[4], HasSubstr("far     up     no"));
  EXPECT_THAT(lines[5], HasSubstr("silent  down   no"));
}

TEST(ReachabilityLines, TellWhatIsBadInAnotherTone) {
  json status = full_status();
  status["path"] = "none";
  status["dns"]["status"] = "failed";
  status["dns"]["reason"] = "192.0.2.53 does not answer";
  status["test"]["running"] = true;
  const auto lines = reachability_lines(status, json::array(), kNow);
  EXPECT_EQ(lines[0], (ViewLine{"path      none", Tone::kBad}));
  EXPECT_EQ(lines[4].tone, Tone::kBad);
  EXPECT_THAT(lines[4].text, HasSubstr("failed, 192.0.2.53 does not answer"));
  EXPECT_EQ(lines[5].text, "tested    just now: answers are waited for");
}

TEST(ReachabilityLines, OfAnswersThatAreNoneAreFewAndHarmless) {
  for (const json& status : {json(), json(7), json::array(), json::object(), json{{"wireguard", 3}}})
    EXPECT_THAT(texts(reachability_lines(status, json("no list"), kNow)),
                ElementsAre("The document in force has no \"reachability\"."));
  json odd = full_status();
  odd["wireguard"]["peers"] = {1, {{"name", 7}, {"last_handshake", "yesterday"}}, nullptr};
  odd["upnp"]["ports"] = "many";
  EXPECT_THAT(texts(reachability_lines(odd, {{{"latency_ms", "far"}}, 3}, kNow)),
              Contains(HasSubstr("PEER")));
}

TEST(ReachabilityLines, CarryNothingThatSteersATerminal) {
  json status = full_status();
  const std::string hostile =
      "\033[2J\x07\xc2\x9b"
      "31m\nZ\xc3\xbcrich\xe2\x80\xae\xff";
  status["path"] = status["endpoint"] = status["nat"] = hostile;
  status["dns"]["subdomain"] = hostile;
  for (json& peer : status["wireguard"]["peers"]) peer["name"] = hostile;
  status["stun"]["ports"][0]["server"] = hostile;
  status["upnp"]["ports"][0]["reason"] = hostile;
  const auto lines = reachability_lines(status, {{{"name", hostile}, {"reason", hostile}}}, kNow);
  for (const ViewLine& line : lines)
    EXPECT_THAT(line.text, Each(testing::AllOf(testing::Ge(' '), testing::Le('~'))));
  EXPECT_THAT(lines[0].text, HasSubstr("\\x1b[2J")) << "it is shown, and does nothing";
}

struct Framed : testing::Test {
  std::vector<ViewLine> body;
  Framed() {
    for (int i = 0; i < 20; ++i) body.push_back({"line " + std::to_string(i), Tone::kPlain});
  }
  Frame frame(size_t height, size_t width, size_t first, const std::string& news = "") const {
    return frame_of({"title", Tone::kHead}, body, {news, Tone::kBad}, {height, width}, first);
  }
};

TEST_F(Framed, FillsTheScreenExactly) {
  for (size_t height = 1; height < 40; ++height)
    for (const std::string news : {"", "gone"})
      EXPECT_EQ(frame(height, 80, 0, news).lines.size(), height) << height << news;
}

TEST_F(Framed, EndsWithTheKeysAndBeforeThemTheNews) {
  const auto lines = frame(10, 80, 0, "gone").lines;
  EXPECT_EQ(lines[0].text, "title");
  EXPECT_EQ(lines[6].text, "line 5");
  EXPECT_EQ(lines[8], (ViewLine{"gone", Tone::kBad}));
  EXPECT_EQ(lines[9].text, "t test  r refresh  q quit  arrows: more");
  EXPECT_EQ(frame(30, 80, 0).lines.back().text, "t test  r refresh  q quit");
  EXPECT_EQ(frame(1, 80, 0).lines[0].text, "t test  r refresh  q quit  arrows: more");
}

TEST_F(Framed, ScrollsToTheLastPageAndNoFurther) {
  const auto last = frame(10, 80, 1000);
  EXPECT_EQ(last.first, 13u);
  EXPECT_EQ(last.lines[7].text, "line 19");
  EXPECT_EQ(frame(30, 80, 1000).first, 0u);
  body.clear();
  EXPECT_EQ(frame(10, 80, 5).first, 0u);
}

TEST_F(Framed, SaysWhereALineIsLongerThanTheScreenIsWide) {
  for (const ViewLine& line : frame(10, 4, 0).lines) EXPECT_LE(line.text.size(), 4u);
  EXPECT_EQ(frame(10, 4, 0).lines[1].text, "lin>");
  EXPECT_EQ(frame(10, 1, 0).lines[1].text, "l");
}

}   // namespace
}   // namespace sluice::cli
