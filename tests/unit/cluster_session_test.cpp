// SPDX-License-Identifier: GPL-2.0-or-later
// A node's part in etcd: what it asks for, and what it makes of an etcd that fails.
#include <algorithm>
#include <chrono>

#include "cluster/session.hpp"
#include "etcd_server.hpp"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

const std::string kHeadId = id_of_document("head", {}), kNextId = id_of_document("next", {});

class ClusterSessions : public testing::Test {
 protected:
  boost::asio::io_context io;
  EtcdServer etcd{io};
  std::vector<ClusterNews> told;
  ClusterSession session{io, [this](const ClusterNews& news) { told.push_back(news); }};
  json rows = json::array(), documents = json::array();   // of etcd
  json each = json::array();                              // what others said of what is tried and kept
  std::vector<json> changes, puts;                        // transactions; of what this node says
  json changed = {{"succeeded", true}};

  void SetUp() override {
    put("head", json_of(revision(kHeadId)), 10);
    etcd.answer = [this](const std::string& path, const json& body) { return answer(path, body); };
    session.heed(own_news());
    session.heed(ClusterOrder{"edge", "gw1", {etcd.url()}, etcd.authority(), "", ""});
    run_until([&] { return views() && seen().has.contains("gw1") && count("/v3/watch") == 1; });
    io.run_for(20ms);   // what follows from the head
  }

  static NodeNews own_news(const std::string& id = kHeadId) {
    return {.state = "running", .reads_has = true, .has = NodeHas{.id = id, .since = "now"}};
  }
  static NodeNews news_of_another() { return {.state = "running", .reads_has = true}; }
  static SharedRevision revision(const std::string& id) {
    return {.id = id, .number = 1, .node = "gw1", .who = "root", .why = "", .when = "", .file = "", .mod = 0};
  }

  static json row(const std::string& key, const std::string& value, int64_t mod) {
    return {{"key", base64_of("/sluice/edge/" + key)},
            {"value", base64_of(value)},
            {"mod_revision", std::to_string(mod)}};
  }
  void put(const std::string& key, const json& value, int64_t mod, const char* lease = "") {
    rows.push_back(row("state/" + key, value.dump(), mod));
    rows.back()["lease"] = lease;
  }
  void put_each(const std::string& key, const json& value, int64_t mod) {
    each.push_back(row("state/" + key, value.dump(), mod));
  }
  // What this node put last in this place of its own.
  std::string put_in(const std::string& place) const {
    std::string value;
    for (const json& body : puts)
      for (const json& step : body["success"])
        if (step["requestPut"]["key"] == base64_of("/sluice/edge/state/" + place))
          value = *bytes_of_base64(step["requestPut"]["value"].get<std::string>());
    return value;
  }

  // By the watches.
  void say(const std::string& key, const json& value, int64_t mod, const char* type = "PUT") {
    const json event = {{"type", type}, {"kv", row("state/" + key, value.dump(), mod)}};
    etcd.say_to_watchers({{"result", {{"events", json::array({event})}}}});
  }
  const ClusterView& seen() const {
    const auto at = std::ranges::find_if(
        told.rbegin(), told.rend(), [](const auto& one) { return std::holds_alternative<ClusterView>(one); });
    return std::get<ClusterView>(*at);
  }

  std::optional<json> answer(const std::string& path, const json& body) {
    if (path == "/v3/lease/grant") return json{{"ID", "7"}};
    if (path == "/v3/lease/keepalive") return json{{"result", {{"TTL", "10"}}}};
    if (path == "/v3/watch") return json{{"result", {{"created", true}}}};
    if (path == "/v3/kv/txn") (body.contains("compare") ? changes : puts).push_back(body);
    if (path == "/v3/kv/txn") return changed;
    if (path != "/v3/kv/range") return json::object();
    const bool is_state = body["key"] == base64_of("/sluice/edge/state/");
    const bool is_each = body["key"] == base64_of("/sluice/edge/state/answers/") ||
                         body["key"] == base64_of("/sluice/edge/state/has/");
    return json{{"header", {{"revision", "20"}}}, {"kvs", is_state ? rows : is_each ? each : documents}};
  }

  void run_until(const std::function<bool()>& done, std::chrono::seconds within = 10s) {
    const auto end = std::chrono::steady_clock::now() + within;
    while (!done() && std::chrono::steady_clock::now() < end) io.run_one_for(50ms);
    EXPECT_TRUE(done());
  }
  long views() const {
    return std::ranges::count_if(told,
                                 [](const auto& one) { return std::holds_alternative<ClusterView>(one); });
  }
  long count(const std::string& path) const { return std::ranges::count(etcd.asked, path); }
  std::vector<std::string> refusals() const {
    std::vector<std::string> all;
    for (const auto& one : told)
      if (const auto* refused = std::get_if<ProposalRefused>(&one)) all.push_back(refused->why);
    return all;
  }
  void propose() {
    session.heed(
        Propose{.proposal = {.revision = revision(kNextId)}, .document = {kNextId, "next", {}}, .base = 10});
    run_until([&] { return !changes.empty(); });
  }
};

// As when the leader of etcd is killed: all begins anew when the time to tell what was seen is over, and
// nobody was told yet.
TEST_F(ClusterSessions, WhatATimerWasForIsOverWhenAllBeginsAnew) {
  boost::asio::steady_timer earlier(io);
  bool is_anew = false;
  const auto read = count("/v3/kv/range");
  say("head", json_of(revision(kHeadId)), 21);
  run_until([&] { return count("/v3/kv/range") > read; });       // it is seen: who made it cleans up
  earlier.expires_at(std::chrono::steady_clock::time_point{});   // also where this process stood still
  earlier.async_wait([&](const boost::system::error_code&) {
    session.heed(ClusterOrder{"edge", "gw2", {etcd.url()}, etcd.authority(), "", ""});
    is_anew = true;
  });
  const auto end = std::chrono::steady_clock::now() + 15ms;
  while (std::chrono::steady_clock::now() < end) continue;   // both timers run out
  const long before = views();
  while (!is_anew) io.poll_one();
  io.poll_one();
  EXPECT_EQ(views(), before) << "etcd was not asked again yet";
  run_until([&] { return views() > before; });
}

TEST_F(ClusterSessions, WhatIsDoneToKeysIsSeenWithoutReadingThemAgain) {
  const auto read = count("/v3/kv/range");
  Proposal proposal{.revision = revision(kNextId)};
  proposal.revision.node = "gw2";
  say("proposal", json_of(proposal), 21);
  run_until([&] { return seen().proposal.has_value(); });
  EXPECT_EQ(seen().proposal->revision.mod, 21);
  say("nodes/gw2", json_of(NodeNews{.state = "running", .has = NodeHas{.id = kHeadId}}), 22);
  run_until([&] { return seen().nodes.contains("gw2"); });
  say("proposal", {}, 23, "DELETE");
  run_until([&] { return !seen().proposal; });
  EXPECT_EQ(count("/v3/kv/range"), read);
  EXPECT_EQ(count("/v3/watch"), 1) << "answers are for who proposed";
}

TEST_F(ClusterSessions, WhoProposesHearsTheAnswers) {
  say("proposal", json_of(Proposal{.revision = revision(kNextId)}), 21);
  run_until([&] { return count("/v3/watch") == 2; });
  say("answers/gw2", json_of(NodeAnswer{.mod = 21, .why = "no"}), 22);
  run_until([&] { return seen().answers.contains("gw2"); });
  EXPECT_EQ(seen().answers.at("gw2").why, "no");
}

TEST_F(ClusterSessions, WhoProposedHearsUntilAllHaveKeptIt) {
  put_each("has/gw2", json_of(NodeHas{.id = kHeadId, .since = "now"}), 12);
  say("nodes/gw2", json_of(news_of_another()), 20);
  run_until([&] { return has_head(seen(), "gw2"); });
  EXPECT_EQ(count("/v3/watch"), 1) << "there is nothing to wait for";
  say("proposal", json_of(Proposal{.revision = revision(kNextId)}), 21);
  run_until([&] { return count("/v3/watch") == 2; });
  const auto read = count("/v3/kv/range");
  say("head", json_of(revision(kNextId)), 22);
  say("proposal", {}, 22, "DELETE");
  session.heed(own_news(kNextId));
  say("has/gw2", json_of(NodeHas{.id = kNextId, .since = "now"}), 23);
  run_until([&] { return all_have_head(seen()) && count("/v3/kv/range") > read; });
  EXPECT_EQ(count("/v3/watch"), 2) << "it went on";
  EXPECT_EQ(count("/v3/kv/range"), read + 1) << "who made the head cleans up";
}

TEST_F(ClusterSessions, WhoDoesNotWaitLooksAWhileLater) {
  SharedRevision next = revision(kNextId);
  next.node = "gw2";
  put_each("has/gw2", json_of(NodeHas{.id = kNextId, .since = "now"}), 22);
  put_each("has/gw1", json_of(NodeHas{.id = "older", .since = "now"}), 12);
  const auto read = count("/v3/kv/range");
  say("head", json_of(next), 20);
  say("nodes/gw1", json_of(own_news()), 0);
  say("nodes/gw2", json_of(news_of_another()), 21);
  session.heed(own_news(kNextId));
  run_until([&] { return seen().has.contains("gw1") && seen().has.at("gw1").id == kNextId; });
  EXPECT_EQ(count("/v3/kv/range"), read);
  run_until([&] { return seen().nodes.size() == 2 && all_have_head(seen()); });
  EXPECT_EQ(count("/v3/watch"), 1) << "and looks once";
  EXPECT_EQ(count("/v3/kv/range"), read + 1);
  EXPECT_EQ(seen().has.at("gw1").id, kNextId) << "what it said itself is at least as new";
}

TEST_F(ClusterSessions, ADocumentThatIsKeptIsNotToldToAll) {
  const std::string listed = put_in("nodes/gw1");
  EXPECT_EQ(listed.find(kHeadId), std::string::npos);
  EXPECT_NE(put_in("has/gw1").find(kHeadId), std::string::npos);
  session.heed(own_news(kNextId));
  run_until([&] { return put_in("has/gw1").find(kNextId) != std::string::npos; });
  EXPECT_EQ(puts.back()["success"].size(), 1u);
  EXPECT_EQ(put_in("nodes/gw1"), listed);
}

TEST_F(ClusterSessions, ANodeOfAnEarlierReleaseIsUnderstoodAndUnderstands) {
  NodeNews old{.state = "running", .has = NodeHas{.id = kHeadId, .since = "now"}};
  say("nodes/gw2", json_of(old), 22);
  run_until([&] { return put_in("nodes/gw1").find(kHeadId) != std::string::npos; });
  run_until([&] { return seen().nodes.contains("gw2"); });
  EXPECT_TRUE(has_head(seen(), "gw2"));
  say("nodes/gw2", json_of(news_of_another()), 23);   // it was upgraded
  run_until([&] { return put_in("nodes/gw1").find(kHeadId) == std::string::npos; });
}

TEST_F(ClusterSessions, TheOwnAnswerIsSeenWithoutAWatch) {
  Proposal proposal{.revision = revision(kNextId)};
  proposal.revision.node = "gw2";
  say("proposal", json_of(proposal), 21);
  run_until([&] { return seen().proposal.has_value(); });
  session.heed(NodeAnswer{.mod = 21, .why = {}});
  run_until([&] { return seen().answers.contains("gw1"); });
}

// As when a daemon was killed: what its process said goes with the lease of that one, perhaps a moment later.
TEST_F(ClusterSessions, TheOwnAnswerOfAnEarlierLeaseIsNone) {
  Proposal proposal{.revision = revision(kNextId)};
  put("proposal", json_of(proposal), 11);
  put("answers/gw2", json_of(NodeAnswer{.mod = 11, .why = {}}), 12, "5");
  put("answers/gw3", json_of(NodeAnswer{.mod = 11, .why = {}}), 13, "6");
  for (const char* node : {"gw2", "gw3"})
    put(std::string("nodes/") + node, json_of(news_of_another()), 14, "5");
  session.heed(ClusterOrder{"edge", "gw2", {etcd.url()}, etcd.authority(), "", ""});
  run_until([&] { return seen().nodes.size() == 2; });
  EXPECT_FALSE(seen().answers.contains("gw2"));
  EXPECT_TRUE(seen().answers.contains("gw3"));
  session.heed(NodeAnswer{.mod = 11, .why = {}});
  run_until([&] { return !changes.empty(); });
  EXPECT_EQ(changes[0]["success"][0]["requestPut"]["lease"], "7");
}

TEST_F(ClusterSessions, WhoIsNotListedAnyMoreSaysSoAgain) {
  puts.clear();
  say("nodes/gw1", {}, 30, "DELETE");
  run_until([&] { return !puts.empty() && puts.back()["success"].size() == 2; });
}

TEST_F(ClusterSessions, AnotherOfTheSameNameIsTold) {
  say("nodes/gw1", json_of(own_news()), 30);   // of no lease
  run_until([&] { return std::holds_alternative<ClusterTrouble>(told.back()); });
  EXPECT_NE(std::get<ClusterTrouble>(told.back()).why.find("another gateway says that it is node gw1"),
            std::string::npos);
}

TEST_F(ClusterSessions, AProposalIsMadeOfTheHeadThatItWasPreparedFor) {
  propose();
  EXPECT_NE(changes[0]["compare"].dump().find(R"("modRevision":"10")"), std::string::npos) << changes[0];
  EXPECT_NE(changes[0]["compare"].dump().find(R"("modRevision":"0")"), std::string::npos);
  io.run_for(20ms);
  EXPECT_TRUE(refusals().empty());
}

TEST_F(ClusterSessions, AProposalThatIsThereAlreadyIsTheOwnOne) {
  changed = {{"succeeded", false}};
  propose();
  run_until([&] { return refusals().size() == 1; });
  const json value = changes[0]["success"][0]["requestPut"]["value"];
  changed["responses"] =
      json::array({{{"response_range", {{"kvs", json::array({{{"key", ""}, {"value", value}}})}}}}});
  changes.clear();
  propose();
  io.run_for(20ms);
  EXPECT_EQ(refusals().size(), 1u) << "it was done by a call whose answer was lost";
}

TEST_F(ClusterSessions, OnlyWhatWasReadIsRemovedAndNothingThatIsAboutToBeNamed) {
  documents = {row("documents/" + kHeadId + "/0000", "", 9), row("documents/old/0000", "", 4),
               row("documents/" + kNextId + "/0000", "", 16)};
  say("head", json_of(revision(kHeadId)), 15);
  run_until([&] { return !changes.empty(); });
  ASSERT_EQ(changes[0]["success"].size(), 1u) << changes[0];
  const std::string old = base64_of("/sluice/edge/documents/old/0000");
  EXPECT_EQ(changes[0]["success"][0]["requestDeleteRange"]["key"], old);
  EXPECT_EQ(changes[0]["compare"].back()["key"], old);
  EXPECT_EQ(changes[0]["compare"].back()["modRevision"], "4");
}

TEST_F(ClusterSessions, ADocumentThatIsNotThereIsAskedForOnceASecond) {
  const auto asked = count("/v3/kv/range");
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 50; ++i) {
    session.heed(Fetch{kHeadId});
    io.run_for(10ms);
  }
  const auto seconds = std::chrono::steady_clock::now() - begun;
  EXPECT_LE(count("/v3/kv/range") - asked, 1 + seconds / 1s);
  documents = json::array({row("documents/" + kHeadId + "/0000", R"({"text": "head", "files": {}})", 9)});
  run_until([&] { return std::holds_alternative<SharedDocument>(told.back()); });
}

}   // namespace
}   // namespace sluice::test
