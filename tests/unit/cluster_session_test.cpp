// SPDX-License-Identifier: GPL-2.0-or-later
// A node's part in etcd: what it asks for, and what it makes of an etcd that fails.
#include <algorithm>
#include <chrono>

#include "cluster/pause.hpp"
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
  std::vector<json> changes;                              // transactions
  json changed = {{"succeeded", true}};

  void SetUp() override {
    put("head", json_of(revision(kHeadId)), 10);
    etcd.answer = [this](const std::string& path, const json& body) { return answer(path, body); };
    session.heed(NodeNews{.id = kHeadId, .state = "running"});
    session.heed(ClusterOrder{"edge", "gw1", {etcd.url()}, etcd.authority(), "", ""});
    run_until([&] { return views() == 1 && count("/v3/watch") == 1; });
    io.run_for(20ms);   // what follows from the head
  }

  static SharedRevision revision(const std::string& id) {
    return {.id = id, .number = 1, .node = "gw1", .who = "root", .why = "", .when = "", .file = "", .mod = 0};
  }

  static json row(const std::string& key, const std::string& value, int64_t mod) {
    return {{"key", base64_of("/sluice/edge/" + key)},
            {"value", base64_of(value)},
            {"mod_revision", std::to_string(mod)}};
  }
  void put(const std::string& key, const json& value, int64_t mod) {
    rows.push_back(row("state/" + key, value.dump(), mod));
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
    if (path == "/v3/kv/txn") changes.push_back(body);
    if (path == "/v3/kv/txn") return changed;
    if (path != "/v3/kv/range") return json::object();
    const bool is_state = body["key"] == base64_of("/sluice/edge/state/");
    return json{{"header", {{"revision", "20"}}}, {"kvs", is_state ? rows : documents}};
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

// gw1 proposes, and so many others are there.
ClusterView proposed_by_gw1(int others) {
  ClusterView view;
  view.proposal.emplace();
  view.proposal->revision = {
      .id = kNextId, .number = 2, .node = "gw1", .who = "", .why = "", .when = "", .file = "", .mod = 7};
  for (int i = 0; i < others; ++i) view.nodes["n" + std::to_string(i)] = {};
  return view;
}

TEST(ClusterPauses, WhatSomebodyHasToActOnIsToldAtOnce) {
  ClusterView view = proposed_by_gw1(60);
  const auto at_once = pause_for(view, "gw1", "proposal");
  const auto later = pause_for(view, "gw1", "answers/n1");
  EXPECT_LT(at_once, later);
  EXPECT_LT(later, pause_for(view, "n1", "answers/n2")) << "it is another's change";
  for (const auto& [node, news] : view.nodes) view.answers[node] = {.mod = 7, .why = {}};
  EXPECT_EQ(pause_for(view, "gw1", "answers/n1"), at_once) << "it was the last one";
  view.answers.erase("n2");
  view.answers["n1"].why = "no";
  EXPECT_EQ(pause_for(view, "gw1", "answers/n1"), at_once) << "it says no";
}

TEST(ClusterPauses, AnswersAreForWhoMayHaveToActOnThem) {
  ClusterView view = proposed_by_gw1(2);
  EXPECT_TRUE(awaits_answers(view, "gw1"));
  EXPECT_FALSE(awaits_answers(view, "n1"));
  view.proposal->waits = true;
  EXPECT_TRUE(awaits_answers(view, "n1")) << "an operator may confirm it anywhere";
  EXPECT_FALSE(awaits_answers({}, "gw1"));
}

// As when the leader of etcd is killed: all begins anew when the time to tell what was seen is over, and
// nobody was told yet.
TEST_F(ClusterSessions, WhatATimerWasForIsOverWhenAllBeginsAnew) {
  boost::asio::steady_timer earlier(io);
  bool is_anew = false;
  const auto read = count("/v3/kv/range");
  say("head", json_of(revision(kHeadId)), 21);
  run_until([&] { return count("/v3/kv/range") > read; });   // it is seen: who made it cleans up
  earlier.expires_after(0ms);
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
  say("nodes/gw2", json_of(NodeNews{.id = kHeadId, .state = "running"}), 22);
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

TEST_F(ClusterSessions, TheOwnAnswerIsSeenWithoutAWatch) {
  Proposal proposal{.revision = revision(kNextId)};
  proposal.revision.node = "gw2";
  say("proposal", json_of(proposal), 21);
  run_until([&] { return seen().proposal.has_value(); });
  session.heed(NodeAnswer{.mod = 21, .why = {}});
  run_until([&] { return seen().answers.contains("gw1"); });
}

TEST_F(ClusterSessions, AnotherOfTheSameNameIsTold) {
  say("nodes/gw1", json_of(NodeNews{.id = kHeadId, .state = "running"}), 30);   // of no lease
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
