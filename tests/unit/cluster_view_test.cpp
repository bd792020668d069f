// SPDX-License-Identifier: GPL-2.0-or-later
// How a node sees what all say, and how long that may wait until its daemon is told.
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "cluster/pause.hpp"
#include "cluster_views.hpp"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

// gw1 proposes, and so many others are there.
ClusterView proposed_by_gw1(int others) {
  ClusterView view;
  view.proposal.emplace();
  view.proposal->revision = {
      .id = kNewDocument, .number = 2, .node = "gw1", .who = "", .why = "", .when = "", .file = "", .mod = 7};
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
  EXPECT_TRUE(awaits_each(view, "gw1"));
  EXPECT_FALSE(awaits_each(view, "n1"));
  view.proposal->waits = true;
  EXPECT_TRUE(awaits_each(view, "n1")) << "an operator may confirm it anywhere";
  EXPECT_FALSE(awaits_each({}, "gw1"));
}

TEST(ClusterPauses, WhoProposedHearsWhatEachHasUntilAllHaveIt) {
  ClusterView view = proposed_by_gw1(2);
  view.head = view.proposal->revision;
  view.proposal.reset();
  for (auto& [node, news] : view.nodes) news.reads_has = true;
  view.has["n0"].id = kNewDocument;
  EXPECT_TRUE(awaits_each(view, "gw1"));
  EXPECT_FALSE(awaits_each(view, "n0"));
  view.has["n1"] = {.id = kNewDocument, .since = "", .waits = true};
  EXPECT_TRUE(awaits_each(view, "gw1")) << "it may be taken back there";
  view.has["n1"].waits = false;
  EXPECT_FALSE(awaits_each(view, "gw1"));
}

TEST(ClusterPauses, LooksComeEverLater) {
  EXPECT_EQ(until_next_look(0ms), kLookFirst);
  EXPECT_EQ(until_next_look(kLookFirst), 2 * kLookFirst);
  EXPECT_EQ(until_next_look(kLookLast), kLookLast);
}

TEST(ClusterView, NodesOfAnEarlierReleaseSayNothingOfAddresses) {
  ClusterView view;
  put_in_view(view, "nodes/gw2",
              R"({"id": "", "state": "running", "version": "0.1.0", "since": "", "waits": false})", 3);
  ASSERT_TRUE(view.nodes.contains("gw2"));
  EXPECT_EQ(view.nodes["gw2"].role, "");
  const NodeNews news{.state = "running",
                      .role = "active",
                      .hindered = "lan is down",
                      .reads_has = true,
                      .has = NodeHas{kOldDocument}};
  EXPECT_EQ(news_of(json_of(news)), news);
}

TEST(ClusterView, WhatANodeHasIsSaidApartOrByNodesOfAnEarlierReleaseWithTheRest) {
  ClusterView view;
  view.head = revision(kOldDocument, "gw1", 1);
  view.nodes["gw1"] = {.state = "running", .has = NodeHas{kOldDocument}};
  view.nodes["gw2"] = {.state = "running", .reads_has = true, .has = NodeHas{kOldDocument}};
  EXPECT_FALSE(all_have_head(view)) << "gw2 says it to gw1 only";
  put_in_view(view, "has/gw2", json_of(NodeHas{kOldDocument}).dump(), 2);
  EXPECT_TRUE(all_have_head(view));
  put_in_view(view, "has/gw1", json_of(NodeHas{kNewDocument}).dump(), 3);
  EXPECT_TRUE(has_head(view, "gw1")) << "of a release that it does not run any more";
  view.has["gw2"].waits = true;
  EXPECT_FALSE(has_head(view, "gw2"));
  remove_from_view(view, "has/gw2");
  EXPECT_EQ(kept_by(view, "gw2"), nullptr);
  EXPECT_EQ(kept_by(view, "gw3"), nullptr);
}

TEST(ClusterView, TheHeadKnowsTheLastProposalsThatWereSettled) {
  ClusterView view = changing();
  view.head->settled.assign(kSettledKnown, 3);
  const SharedRevision head = settled_head(view);
  EXPECT_EQ(head.id, kNewDocument);
  EXPECT_EQ(head.settled.size(), kSettledKnown);
  EXPECT_EQ(head.settled.front(), 7);
  EXPECT_EQ(head.settled.back(), 3);
  EXPECT_EQ(revision_of(json_of(head)), head);
  auto earlier = json_of(head);
  earlier.erase("settled");
  EXPECT_TRUE(revision_of(earlier).settled.empty()) << "of an earlier release";
}

TEST(ClusterView, WhatMakesNoSenseIsNotThere) {
  ClusterView view;
  for (const char* value : {"", "{", "[]", "null", "{\"id\": 7}", "{\"id\": \"x\", \"number\": 1}"})
    for (const char* key : {"head", "proposal", "withdrawn", "answers/gw1", "has/gw1", "has/", "nodes/gw1",
                            "nodes/", "nodes/a b", "other"})
      put_in_view(view, key, value, 1);
  EXPECT_EQ(view, ClusterView{});
  put_in_view(view, "head", json_of(revision(kOldDocument, "gw1", 0)).dump(), 12);
  put_in_view(view, "nodes/gw1", json_of(NodeNews{"running", "1"}).dump(), 12);
  ASSERT_TRUE(view.head);
  EXPECT_EQ(view.head->mod, 12);
  EXPECT_EQ(view.nodes.size(), 1u);
}

TEST(ClusterView, AnIdIsOfTextAndFiles) {
  EXPECT_EQ(kOldDocument.size(), 32u);
  EXPECT_NE(kOldDocument, kNewDocument);
  EXPECT_NE(id_of_document("old", {{"a", "b"}}), kOldDocument);
  EXPECT_EQ(id_of_document("old", {}), kOldDocument);
}

}   // namespace
}   // namespace sluice::test
