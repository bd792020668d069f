// SPDX-License-Identifier: GPL-2.0-or-later
// A table of the rules is one line of maps/rule_tables.h. Nobody has forgotten to fill it, and an apply
// notices what changes in it.
#include <set>

#include "compile/common/service_blocks.hpp"
#include "config_corpus.hpp"
#include "maps/rule_tables.h"
#include "plan/plan_links.hpp"
#include "plan_fixture.hpp"

namespace sluice::test {
namespace {

// On a machine where the devices of the document are there.
NumberedRules rules_of(const Document& document) {
  Observed seen = machine_for(document);
  if (const auto first = make_plan(document, seen)) carry_out(seen, *first);
  Plan plan;
  return compile_rules(document, seen, plan_links(document, seen, EngineKind::kEbpf, plan));
}

void note_filled(const NumberedRules& rules, std::set<std::string>& filled) {
#define SLUICE_NOTE(name, ...) \
  if (!rules.name.empty()) filled.insert(#name);
  SL_RULE_TABLES(SLUICE_NOTE, SLUICE_NOTE, SLUICE_NOTE)
#undef SLUICE_NOTE
#define SLUICE_NOTE(name, ...) \
  if (!rules.policies->name.empty()) filled.insert(#name);
  SL_POLICY_TABLES(SLUICE_NOTE, SLUICE_NOTE)
#undef SLUICE_NOTE
}

TEST(RuleTables, EachIsFilledBySomeDocument) {
  std::set<std::string> filled, all;
  for (const auto& file : documents_in({kDocuments / "good", kDocuments / "meaning", kExamples}))
    if (const auto checked = check_document(text_of(file), file.filename().string()); checked)
      note_filled(rules_of(checked->document), filled);
#define SLUICE_NAME(name, ...) all.insert(#name);
  SL_RULE_TABLES(SLUICE_NAME, SLUICE_NAME, SLUICE_NAME)
  SL_POLICY_TABLES(SLUICE_NAME, SLUICE_NAME)
#undef SLUICE_NAME
  EXPECT_EQ(filled, all);
}

// A row of that table counts where a forward leads to it.
void lead_to_backends(NumberedRules& rules) {
  if (rules.backends.empty()) return;
  sl_forward row{};
  row.object = 1;
  lead_to(row, {.members = 1}, 0);
  rules.forwards.emplace_back(sl_forward_key{}, row);
}

TEST(RuleTables, ARowOfBackendsCountsWhereItIsLedTo) {
  NumberedRules one, other;
  for (NumberedRules* rules : {&one, &other}) {
    rules->backends.emplace_back();
    lead_to_backends(*rules);
  }
  EXPECT_EQ(digest_of(one), digest_of(other));
  other.backends[0].backend.weight = 1;
  EXPECT_NE(digest_of(one), digest_of(other));
}

TEST(RuleTables, EachCountsInTheDigest) {
  const uint64_t without = digest_of(NumberedRules{}), without_policies = digest_of_rows(PolicyTables{});
#define SLUICE_WITH(name, ...)                     \
  {                                                \
    NumberedRules rules;                           \
    rules.name.emplace_back();                     \
    lead_to_backends(rules);                       \
    EXPECT_NE(digest_of(rules), without) << #name; \
  }
  SL_RULE_TABLES(SLUICE_WITH, SLUICE_WITH, SLUICE_WITH)
#undef SLUICE_WITH
#define SLUICE_WITH(name, ...)                                   \
  {                                                              \
    PolicyTables rules;                                          \
    rules.name.emplace_back();                                   \
    EXPECT_NE(digest_of_rows(rules), without_policies) << #name; \
  }
  SL_POLICY_TABLES(SLUICE_WITH, SLUICE_WITH)
#undef SLUICE_WITH
}

}   // namespace
}   // namespace sluice::test
