// SPDX-License-Identifier: GPL-2.0-or-later
// Every document that is kept for tests, through the planner of both engines.
#include "../support/both_planners.hpp"
#include "config_corpus.hpp"
#include "plan_fixture.hpp"

namespace sluice::test {
namespace {

std::vector<Document> accepted_documents(std::vector<std::string>& names) {
  std::vector<Document> documents;
  for (const auto& file :
       documents_in({kDocuments / "good", kDocuments / "bad", kDocuments / "meaning", kExamples})) {
    auto checked = check_document(text_of(file), file.filename().string());
    if (!checked) continue;
    names.push_back(file.filename().string());
    documents.push_back(std::move(checked->document));
  }
  return documents;
}

TEST(PlanCorpus, EveryAcceptedDocumentIsPlannedByBothEnginesOrRefusedWithTheReason) {
  std::vector<std::string> names;
  const auto documents = accepted_documents(names);
  EXPECT_GE(documents.size(), 47u) << "the good documents and the examples";
  for (size_t i = 0; i < documents.size(); ++i)
    EXPECT_EQ(BothPlanners(documents[i]).complain(), "") << names[i];
}

TEST(PlanCorpus, EnginesDifferOverWhatTheirTableSaysOnly) {
  std::vector<std::string> names;
  const auto documents = accepted_documents(names);
  std::vector<std::string> differ;
  for (size_t i = 0; i < documents.size(); ++i)
    if (lacks(documents[i], EngineKind::kEbpf).empty() != lacks(documents[i], EngineKind::kNftables).empty())
      differ.push_back(names[i]);
  EXPECT_EQ(differ,
            (std::vector<std::string>{"cluster-carrying.json", "interface-names.json", "limits-ebpf.json",
                                      "masquerade-deterministic.json", "masquerade-mapping.json",
                                      "masquerade-options.json", "nat-log.json", "services-sticky.json",
                                      "static-checksum-neutral.json", "tables.json", "timeout-port-rest.json",
                                      "branch.json", "edge-cluster-carrying.json", "provider.json"}))
      << "they name hooks, or what nftables does not do";
}

// Refused when they name the one engine; the other one carries them.
TEST(PlanCorpus, WhatIsTooMuchForOneEngineIsCarriedByTheOther) {
  for (const auto& [name, lacking] : {std::pair{"engine-ebpf-pool.json", EngineKind::kEbpf},
                                      std::pair{"engine-nftables-hook.json", EngineKind::kNftables},
                                      std::pair{"engine-nftables-limits.json", EngineKind::kNftables},
                                      std::pair{"engine-nftables-mapping.json", EngineKind::kNftables},
                                      std::pair{"engine-nftables-tables.json", EngineKind::kNftables}}) {
    const Document document = parsed(without_engine(text_of(kDocuments / "meaning" / name)));
    for (const EngineKind kind : kEngineKinds)
      EXPECT_EQ(lacks(document, kind).empty(), kind != lacking) << name;
    EXPECT_EQ(BothPlanners(document).complain(), "") << name;
  }
}

bool must_be_there(const Interface& interface) {
  return std::holds_alternative<std::monostate>(interface.made);
}

TEST(PlanCorpus, MissingDevicesNeverStopAPlan) {
  std::vector<std::string> names;
  for (Document& document : accepted_documents(names))
    for (const EngineChoice engine : kBoth) {
      document.engine = engine;
      if (!lacks(document, kind_of(engine)).empty()) continue;
      const auto plan = make_plan(document, empty_machine());
      ASSERT_TRUE(plan) << plan.error().message;
      EXPECT_GE(std::ssize(plan->degraded), std::ranges::count_if(document.interfaces, must_be_there));
    }
}

// The daemon compares rows by number to see whether the table has to change: what changes the one changes the
// other.
TEST(PlanCorpus, ChangeOfTheTableIsSeenInTheNumbers) {
  std::vector<std::string> names;
  const auto documents = accepted_documents(names);
  for (size_t i = 1; i < documents.size(); ++i) {
    std::shared_ptr<const RulesNft> tables[2];
    for (const size_t which : {0u, 1u}) {
      Document document = documents[i - 1 + which];
      document.engine = EngineChoice::kNftables;
      if (const auto plan = make_plan(document, fresh_machine())) tables[which] = plan->table;
    }
    if (!tables[0] || !tables[1]) continue;
    if (tables[0]->digest == tables[1]->digest)
      continue;   // policies of a zone without an interface are in no table
    EXPECT_NE(digest_of(*tables[0]->numbers), digest_of(*tables[1]->numbers))
        << names[i - 1] << " and " << names[i];
  }
}

}   // namespace
}   // namespace sluice::test
