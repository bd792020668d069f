// SPDX-License-Identifier: GPL-2.0-or-later
// What a node of a cluster does next, and what it makes of what others wrote into etcd.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cluster/etcd_client.hpp"
#include "cluster/wire.hpp"
#include "cluster_views.hpp"
#include "config/config.hpp"

namespace sluice::test {
namespace {

OwnPart with(const std::string& id, bool waits) {
  OwnPart own;
  own.node = "gw1";
  own.id = id;
  own.waits = waits;
  return own;
}

ClusterStep step(const ClusterView& view, const OwnPart& own) { return decide(view, own).step; }

TEST(ClusterDecisions, TheFirstNodeGivesTheDocumentAndOthersTakeIt) {
  EXPECT_EQ(step({}, with(kOldDocument, false)), ClusterStep::kBeFirst);
  EXPECT_EQ(step({}, with(kOldDocument, true)), ClusterStep::kNothing);   // it may be taken back
  ClusterView view;
  view.head = revision(kNewDocument, "gw2", 3);
  EXPECT_EQ(step(view, with(kOldDocument, false)), ClusterStep::kTakeHead);
  EXPECT_EQ(step(view, with(kNewDocument, false)), ClusterStep::kNothing);
  OwnPart cannot = with(kOldDocument, false);
  cannot.refused = kNewDocument;
  EXPECT_EQ(step(view, cannot), ClusterStep::kNothing);
}

// Otherwise an empty gateway would take everybody's document away.
TEST(ClusterDecisions, AnEmptyDocumentIsNeverTheFirstOne) {
  OwnPart empty = with(kOldDocument, false);
  empty.is_empty = true;
  ClusterView view;
  view.nodes["gw1"] = {};
  EXPECT_EQ(step(view, empty), ClusterStep::kNothing);
  view.nodes["gw2"] = {};
  EXPECT_EQ(step(view, empty), ClusterStep::kNothing);
  EXPECT_EQ(step(view, with(kOldDocument, false)), ClusterStep::kBeFirst);
}

TEST(ClusterDecisions, WhoComesWithADocumentGoesBackToItWhereThereIsAnother) {
  for (const bool waits : {true, false}) {
    OwnPart own = with(kOldDocument, waits);
    own.joins = true;
    EXPECT_EQ(step({}, own), waits ? ClusterStep::kConfirm : ClusterStep::kBeFirst);
    ClusterView view;
    view.head = revision(kNewDocument, "gw2", 3);
    EXPECT_EQ(step(view, own), ClusterStep::kGoBack);
    EXPECT_EQ(step(changing(), own), waits ? ClusterStep::kConfirm : ClusterStep::kTakeProposal)
        << "it is the head";
    view.head = revision(kOldDocument, "gw2", 3);
    EXPECT_EQ(step(view, own), waits ? ClusterStep::kConfirm : ClusterStep::kNothing);
  }
}

TEST(ClusterDecisions, AProposalIsTriedAndAnsweredOnce) {
  ClusterView view = changing();
  EXPECT_EQ(step(view, with(kOldDocument, false)), ClusterStep::kTakeProposal);
  EXPECT_EQ(decide(view, with(kNewDocument, true)), (ClusterDecision{ClusterStep::kAnswer, ""}));
  answer(view, "gw1");
  EXPECT_EQ(step(view, with(kNewDocument, true)), ClusterStep::kNothing);
  view.answers["gw1"].mod = 6;   // of one before
  EXPECT_EQ(step(view, with(kNewDocument, true)), ClusterStep::kAnswer);
}

TEST(ClusterDecisions, WhatCannotBeHadHereIsNotTriedAgain) {
  ClusterView view = changing();
  OwnPart own = with(kOldDocument, false);
  own.tried = 7;
  answer(view, "gw1", "no");
  EXPECT_EQ(step(view, own), ClusterStep::kNothing);
}

TEST(ClusterDecisions, WhoTookItBackSaysSo) {
  ClusterView view = changing();
  answer(view, "gw1");
  OwnPart own = with(kOldDocument, false);
  own.tried = 7;
  EXPECT_EQ(decide(view, own).step, ClusterStep::kAnswer);
  EXPECT_FALSE(decide(view, own).why.empty());
  EXPECT_EQ(step(changing("gw1"), with(kOldDocument, false)), ClusterStep::kWithdraw);
}

TEST(ClusterDecisions, WhoNeverAnsweredIsNamed) {
  ClusterView view = changing("gw1");
  EXPECT_EQ(decide(view, with(kOldDocument, false)).why,
            "it was taken back at gw1, and gw2, gw3 had not answered");
  answer(view, "gw2");
  EXPECT_EQ(decide(view, with(kOldDocument, false)).why,
            "it was taken back at gw1, and gw3 had not answered");
  answer(view, "gw3");
  EXPECT_EQ(decide(view, with(kOldDocument, false)).why, "it was taken back at gw1");
}

TEST(ClusterDecisions, WhoProposedSettlesWhenAllHaveIt) {
  ClusterView view = changing("gw1");
  EXPECT_EQ(step(view, with(kNewDocument, true)), ClusterStep::kNothing);
  answer(view, "gw2");
  EXPECT_EQ(step(view, with(kNewDocument, true)), ClusterStep::kNothing);
  answer(view, "gw3");
  EXPECT_EQ(step(view, with(kNewDocument, true)), ClusterStep::kSettle);
  answer(view, "gw3", "the disk is full");
  EXPECT_EQ(decide(view, with(kNewDocument, true)),
            (ClusterDecision{ClusterStep::kWithdraw, "gw3: the disk is full"}));
}

TEST(ClusterDecisions, ANodeThatIsAwayHoldsNobodyUp) {
  ClusterView view = changing("gw1");
  answer(view, "gw2");
  view.nodes.erase("gw3");
  EXPECT_EQ(step(view, with(kNewDocument, true)), ClusterStep::kSettle);
}

TEST(ClusterDecisions, WhatWaitsIsSettledWhereSomebodyConfirmsIt) {
  for (const char* proposer : {"gw1", "gw2"}) {
    ClusterView view = changing(proposer, true);
    for (const char* node : {"gw1", "gw2", "gw3"}) answer(view, node);
    EXPECT_EQ(step(view, with(kNewDocument, true)), ClusterStep::kNothing);
    OwnPart own = with(kNewDocument, true);
    own.confirmed = true;
    EXPECT_EQ(step(view, own), ClusterStep::kSettle);
  }
}

TEST(ClusterDecisions, AfterwardsItStaysOrGoesBack) {
  ClusterView view;
  view.head = revision(kNewDocument, "gw2", 9);
  EXPECT_EQ(step(view, with(kNewDocument, true)), ClusterStep::kConfirm);
  view.head = revision(kOldDocument, "gw2", 1);
  EXPECT_EQ(step(view, with(kNewDocument, true)), ClusterStep::kGoBack);
  OwnPart own = with(kNewDocument, true);
  own.proposes = true;   // it is on its way
  EXPECT_EQ(step(view, own), ClusterStep::kNothing);
}

TEST(ClusterDecisions, WhatWasSettledStaysWhateverIsProposedSince) {
  ClusterView view = changing();
  view.head->id = id_of_document("mine", {});
  EXPECT_EQ(step(view, with(view.head->id, true)), ClusterStep::kConfirm);
  EXPECT_EQ(step(view, with(view.head->id, false)), ClusterStep::kTakeProposal) << "that comes then";
}

// Others may have gone on while this node could not ask etcd.
TEST(ClusterDecisions, WhatWasSettledStaysWhereTheNextIsSettledToo) {
  const std::string mine = id_of_document("mine", {});
  OwnPart own = with(mine, true);
  own.tried = 5;
  ClusterView view;
  view.head = revision(kNewDocument, "gw2", 9);
  view.head->settled = {7, 5, 3};
  EXPECT_EQ(step(view, own), ClusterStep::kConfirm);
  own.waits = false;
  EXPECT_EQ(step(view, own), ClusterStep::kTakeHead);
  own.waits = true;
  view.head->settled = {7, 3};
  EXPECT_EQ(step(view, own), ClusterStep::kGoBack) << "it was another proposal that was settled";
  own.tried = 0;
  view.head->settled = {7, 0};
  EXPECT_EQ(step(view, own), ClusterStep::kGoBack);
}

TEST(ClusterWire, EverythingComesAsItWasSaid) {
  ClusterView view = changing();
  answer(view, "gw3", "no");
  view.withdrawn = Withdrawn{revision(kOldDocument, "gw1", 2), "gw1", "why"};
  const auto news = decode_cluster_news(encode_cluster_news(view));
  ASSERT_TRUE(news);
  EXPECT_EQ(std::get<ClusterView>(*news), view);
  ClusterView later = view;
  later.proposal.reset();
  later.has["gw2"].id = kNewDocument;
  const std::string line = encode_cluster_news(later, view);
  EXPECT_EQ(line.find("answers"), std::string::npos) << "they are known";
  EXPECT_EQ(std::get<ClusterView>(*decode_cluster_news(line, view)), later);
  later.answers.clear();
  EXPECT_EQ(std::get<ClusterView>(*decode_cluster_news(encode_cluster_news(later, view), view)), later);
  const SharedDocument document{kNewDocument, "text", {{"set", "1"}}};
  EXPECT_EQ(std::get<SharedDocument>(*decode_cluster_news(encode_cluster_news(document))), document);
  EXPECT_EQ(std::get<ClusterTrouble>(*decode_cluster_news(encode_cluster_news(ClusterTrouble{"x"}))).why,
            "x");
  const auto lack = decode_cluster_news(encode_cluster_news(DocumentLack{kNewDocument, "it is gone"}));
  EXPECT_EQ(std::get<DocumentLack>(*lack).id, kNewDocument);
  EXPECT_EQ(std::get<DocumentLack>(*lack).why, "it is gone");
  const ClusterOrder order{"edge", "gw1", {{"10.0.0.1", 2379, "/"}}, "ca", "cert", "key"};
  EXPECT_EQ(std::get<ClusterOrder>(*decode_cluster_request(encode_cluster_request(order))), order);
  const Propose propose{*view.proposal, document, true, 12};
  const auto proposed = std::get<Propose>(*decode_cluster_request(encode_cluster_request(propose)));
  EXPECT_EQ(proposed.proposal, propose.proposal);
  EXPECT_EQ(proposed.document, document);
  EXPECT_TRUE(proposed.is_first);
  EXPECT_EQ(proposed.base, 12);
  for (const char* line : {"", "{}", "[]", "{\"order\": {}}", "{\"propose\": 1}", "{\"settle\": \"x\"}"})
    EXPECT_FALSE(decode_cluster_request(line)) << line;
  for (const char* line : {"", "{}", "{\"view\": {}}", "{\"document\": 1}"})
    EXPECT_FALSE(decode_cluster_news(line)) << line;
}

TEST(EtcdBase64, BytesComeBack) {
  for (const std::string& bytes :
       {std::string(), std::string("a"), std::string("\0\xff/+", 4), std::string(1000, 'x')})
    EXPECT_EQ(bytes_of_base64(base64_of(bytes)), bytes);
  EXPECT_EQ(base64_of("foo"), "Zm9v");
  for (const char* text : {"*", "Zm9", "Zm9v=", "Zm 9v"}) EXPECT_FALSE(bytes_of_base64(text)) << text;
}

constexpr const char* kShared = R"({
  "version": 1, // as all have it
  "interfaces": {"wan": {"zone": "internet"}, "lan": {"zone": "lan"}},
  "nat": {"forwards": [{"name": "a", "listen": "wan", "ports": 80, "to": "192.0.2.1"}]},
  "cluster": {"name": "edge", "node": "any", "store": {"etcd": ["https://etcd1.example.org:2379"]},
              "nodes": {"gw1": {"interfaces": {"wan": "lan", "lan": "eth1"}}}}
})";

TEST(ClusterTexts, ANodesTextComesFromTheSharedOneAndBack) {
  for (const char* node : {"gw1", "gw2"}) {
    const auto own = as_node(kShared, "x", node);
    ASSERT_TRUE(own);
    EXPECT_NE(own->find(std::string("\"node\": \"") + node), std::string::npos);
    EXPECT_EQ(as_shared(*own, "x"), kShared);
    EXPECT_TRUE(check_document(*own, "x")) << *own;
  }
  const auto own = as_node(kShared, "x", "gw1");
  EXPECT_NE(own->find(R"("interfaces": {"lan": {"zone": "internet"}, "eth1": {"zone": "lan"}})"),
            std::string::npos)
      << *own;
  EXPECT_NE(own->find(R"("listen": "lan")"), std::string::npos);
  EXPECT_NE(own->find(R"({"wan": "lan", "lan": "eth1"})"), std::string::npos);
}

// Also where devices have the names of other interfaces.
TEST(ClusterTexts, TheTextOfOneNodeIsThatOfAnotherOne) {
  constexpr const char* kSwapped =
      R"({"interfaces": {"wan": {"zone": "internet"}, "lan": {"zone": "lan"}, "dmz": {"zone": "dmz"}},
  "cluster": {"node": "any", "nodes": {"gw1": {"interfaces": {"wan": "eth0", "lan": "dmz", "dmz": "br0"}},
                                       "gw2": {"interfaces": {"wan": "ens3", "lan": "dmz", "dmz": "lan"}}}}})";
  for (const char* from : {"gw1", "gw2", "gw3"})
    for (const char* to : {"gw1", "gw2", "gw3"}) {
      const auto own = as_node(kSwapped, "x", from);
      ASSERT_TRUE(own);
      EXPECT_EQ(as_node(*own, "x", to).value(), as_node(kSwapped, "x", to).value()) << from << " " << to;
    }
}

// As somebody writes it by hand: the name of a node, and what all call the interfaces.
TEST(ClusterTexts, ANamedTextMayHaveTheSharedNames) {
  const std::string text = std::string(kShared).replace(std::string(kShared).find("any"), 3, "gw1");
  EXPECT_EQ(as_shared(text, "x"), kShared);
  EXPECT_EQ(as_node(text, "x", "gw1").value(), as_node(kShared, "x", "gw1").value());
}

TEST(ClusterTexts, ACameAndGoneClusterLeavesTheTextAsItWas) {
  const std::string alone = "{\n  \"version\": 1,\n  \"interfaces\": {}\n}\n";
  EXPECT_EQ(cluster_named_in(alone, "x").value(), std::nullopt);
  const auto joined = put_cluster(
      alone, "x",
      R"({"name": "edge", "node": "gw1", "store": {"etcd": ["https://etcd1.example.org:2379"]}})");
  ASSERT_TRUE(joined);
  EXPECT_EQ(cluster_named_in(*joined, "x").value(), "edge");
  EXPECT_TRUE(check_document(*joined, "x"));
  EXPECT_EQ(as_shared(alone, "x"), alone);
  EXPECT_EQ(remove_cluster(alone, "x"), alone);
  const auto left = remove_cluster(*joined, "x");
  ASSERT_TRUE(left);
  EXPECT_EQ(left->find("cluster"), std::string::npos);
}

}   // namespace
}   // namespace sluice::test
