// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers that stand in the marks of living flows stay what they mean when the document changes.
#include <fmt/format.h>

#include "compile_nft_fixture.hpp"

namespace sluice::test {
namespace {

constexpr std::string_view kOther = R"({
  "version": 1,
  "interfaces": {
    "lan": {"zone": "lan", "addresses": ["192.168.10.1/24", "2001:db8:10::1/64"]},
    "wan": {"zone": "internet", "addresses": ["203.0.113.1/24"]}
  },
  "policies": [{"name": "ping", "from": "internet", "to": "host", "protocol": "icmp", "action": "accept"},
               {"name": "out", "from": "lan", "to": "internet", "action": "accept"}],
  "nat": {"forwards": [
    {"name": "ssh", "listen": "203.0.113.1", "ports": 22, "to": "192.168.10.2"},
    {"name": "web", "listen": "203.0.113.1", "protocol": "tcp", "ports": "80", "to": "192.168.10.2:8080"}]}
})";

uint32_t number_of(const Table& table, uint8_t kind, std::string_view name) {
  for (const ObjectRow& row : table->numbers->objects)
    if (row.kind == kind && row.name == name) return row.number;
  return 0;
}

std::map<std::string, std::string> names_of_pairs(const Table& table) {
  std::map<std::string, std::string> pairs;
  for (const std::string& row : table.rows("pairs"))
    pairs[row.substr(row.find(' ') + 1)] = row.substr(0, row.find(' '));
  return pairs;
}

// The table of `after` on a machine where that of `before` is in force.
struct Changed {
  Observed seen = fresh_machine();
  Table before, after;

  Changed(std::string_view first, std::string_view second)
      : before(apply(seen, first)), after(apply(seen, second)) {}

  static Table apply(Observed& machine, std::string_view text) {
    const auto plan = make_plan(carried_by(EngineChoice::kNftables, text), machine);
    EXPECT_TRUE(plan);
    carry_out(machine, *plan);
    return Table(plan->table);
  }
};

TEST(NftNumbers, ObjectsKeepTheirsByName) {
  const Changed tables(kHome, kOther);
  EXPECT_EQ(number_of(tables.after, SL_OBJECT_FORWARD, "web"),
            number_of(tables.before, SL_OBJECT_FORWARD, "web"));
  EXPECT_EQ(number_of(tables.after, SL_OBJECT_POLICY, "out"),
            number_of(tables.before, SL_OBJECT_POLICY, "out"));
  EXPECT_NE(number_of(tables.after, SL_OBJECT_POLICY, "ping"),
            number_of(tables.before, SL_OBJECT_POLICY, "out"));
}

TEST(NftNumbers, PairsKeepTheirsByTheNamesOfTheZones) {
  const Changed tables(kHome, kOther);
  const auto before = names_of_pairs(tables.before), after = names_of_pairs(tables.after);
  ASSERT_NE(before, after) << "the zones are numbered otherwise, and internet > host is new";
  for (const auto& [name, number] : before)
    EXPECT_EQ(after.contains(name) ? after.at(name) : number, number) << name;
}

// Else a packet on its way would leave as it was, judged by rules that hide its source.
TEST(NftNumbers, PairThatIsTranslatedOtherwiseGetsANewOne) {
  constexpr std::string_view kRest = R"("interfaces": {"lan": {"zone": "lan"}, "wan": {"zone": "internet"}},
      "policies": [{"name": "out", "from": "lan", "to": "internet", "action": "accept"}], "nat": {)";
  const auto document = [&](std::string_view masquerade) {
    return fmt::format(R"({{"version": 1, {} {} }}}})", kRest, masquerade);
  };
  const std::string plain = document("");
  std::set<std::string> numbers;
  Observed machine = fresh_machine();
  for (const char* more : {"", R"(, "except": "10.0.0.0/8")", R"(, "family": "both")"}) {
    const auto masquerade =
        fmt::format(R"("masquerade": [{{"name": "m", "from": "lan", "to": "internet"{} }}])", more);
    const Table before = Changed::apply(machine, plain),
                after = Changed::apply(machine, document(masquerade));
    const auto names = names_of_pairs(after);
    const auto pair = std::find_if(names.begin(), names.end(),
                                   [](const auto& row) { return row.first.starts_with("lan > internet"); });
    ASSERT_NE(pair, names.end());
    EXPECT_NE(pair->second, names_of_pairs(before).at("lan > internet")) << pair->first;
    numbers.insert(pair->first);
  }
  EXPECT_EQ(numbers.size(), 3u);
}

TEST(NftNumbers, NoTwoPairsShareANumber) {
  const Changed tables(kOther, kHome);
  std::set<std::string> numbers;
  for (const auto& [name, number] : names_of_pairs(tables.after))
    EXPECT_TRUE(numbers.insert(number).second) << name;
  EXPECT_FALSE(numbers.contains("0"));
}

TEST(NftNumbers, PairsBetweenWhichNothingPassesHaveNone) {
  const auto pairs =
      names_of_pairs(table_of(R"({"version": 1, "interfaces": {"wan": {"zone": "w"}, "lan": {"zone": "l"}},
    "policies": [{"name": "no", "from": "w", "to": "l", "action": "reject"}]})"));
  EXPECT_FALSE(pairs.contains("w > l"));
  EXPECT_TRUE(pairs.contains("l > l"));
  EXPECT_TRUE(pairs.contains("host > w"));
}

TEST(NftNumbers, GenerationChangesWithTheRules) {
  const Changed tables(kHome, kOther);
  EXPECT_EQ(tables.before->generation, 1);
  EXPECT_EQ(tables.after->generation, 2);
}

TEST(NftNumbers, GenerationStaysWithoutAChange) {
  const Changed tables(kHome, kHome);
  EXPECT_EQ(tables.after->generation, tables.before->generation);
  EXPECT_EQ(tables.after->digest, tables.before->digest);
}

TEST(NftNumbers, GenerationsGoRoundAndAreNeverZero) {
  Observed seen = fresh_machine();
  std::set<uint8_t> used;
  for (int i = 0; i < 40; ++i) used.insert(Changed::apply(seen, i % 2 ? kHome : kOther)->generation);
  EXPECT_EQ(used.size(), kMarkGenerations);
  EXPECT_EQ(*used.begin(), 1);
  EXPECT_EQ(*used.rbegin(), kMarkGenerations);
}

TEST(NftNumbers, MarkOfAFlowSaysGenerationPairAndObject) {
  const Table table = table_of(kHome);
  uint32_t mark = 0;
  for (const std::string& rule : table.between(3, 2))
    if (rule.starts_with("ct mark set ") && std::isdigit(static_cast<unsigned char>(rule[12])))
      mark = static_cast<uint32_t>(std::stoul(rule.substr(12)));
  const NftMark says = unpack(mark);
  EXPECT_EQ(table.chain("admitted").front(),
            fmt::format("ct mark set ct mark & {} | {}", kMarkPairs << kMarkObjectBits | kMarkObjects,
                        pack({.generation = table->generation})));
  EXPECT_EQ(table->pairs.at(says.pair), (ZonePair{2, 1}));
  EXPECT_EQ(says.object, number_of(table, SL_OBJECT_POLICY, "out"));
}

TEST(NftNumbers, DigestChangesWithAnyRule) {
  std::string moved(kHome);
  moved.replace(moved.find("8080"), 4, "8081");
  EXPECT_NE(table_of(kHome)->digest, table_of(moved)->digest);
}

TEST(NftNumbers, DigestChangesWithATimeout) {
  std::string longer(kHome);
  longer.insert(1, R"("timeouts": {"udp": "7m"},)");
  EXPECT_NE(table_of(kHome)->digest, table_of(longer)->digest);
}

}   // namespace
}   // namespace sluice::test
