// SPDX-License-Identifier: GPL-2.0-or-later
// What one transaction says: the whole table, or the difference and no more.
#include <fmt/format.h>

#include "compile_nft_fixture.hpp"

namespace sluice::test {
namespace {

// "add element forward_to4", one for each command, and the commands themselves.
struct Commands {
  json list;
  Texts names;

  explicit Commands(const std::string& text) : list(json::parse(text).at("nftables")) {
    for (const json& command : list) names.push_back(name_of(command));
  }
  static std::string name_of(const json& command) {
    const auto verb = command.begin();
    const auto what = verb->begin();
    const char* named = what.key() == "rule" ? "chain" : "name";
    return verb.key() + " " + what.key() + " " + what->value(named, "");
  }
  bool say(std::string_view name) const { return std::find(names.begin(), names.end(), name) != names.end(); }
  size_t place(std::string_view name) const {
    const auto at = std::find(names.begin(), names.end(), name);
    EXPECT_NE(at, names.end()) << name;
    return static_cast<size_t>(at - names.begin());
  }
  Texts elements(std::string_view name) const {
    Texts rows;
    for (size_t i = 0; i < names.size(); ++i)
      if (names[i] == name)
        for (const json& element : list[i].begin()->begin()->at("elem")) rows.push_back(plain(element));
    return rows;
  }
  size_t all_elements() const {
    size_t sum = 0;
    for (const json& command : list)
      if (command.begin()->begin()->contains("elem")) sum += command.begin()->begin()->at("elem").size();
    return sum;
  }
};

Table next(Observed& seen, std::string_view text) {
  const auto plan = make_plan(carried_by(EngineChoice::kNftables, text), seen);
  EXPECT_TRUE(plan);
  carry_out(seen, *plan);
  return Table(plan->table);
}

Commands difference(std::string_view first, std::string_view second, Observed seen = fresh_machine()) {
  const Table before = next(seen, first), after = next(seen, second);
  return Commands(transaction(&before.rules(), after.rules()));
}

std::string with_forwards(int count) {
  std::string list;
  for (int i = 1; i <= count; ++i)
    list += (i == 1 ? "" : ",") + std::string(R"({"name": "f)") + std::to_string(i) +
            R"(", "listen": "203.0.113.1", "protocol": "tcp", "ports": )" + std::to_string(i) +
            R"(, "to": "192.168.10.2:9"})";
  return house(R"("nat": {"forwards": [)" + list + "]}");
}

std::string with_policies(std::string_view list) {
  return house(R"("policies": [)" + std::string(list) + "]");
}

constexpr std::string_view kWebPolicy =
    R"({"name": "web", "from": "internet", "to": "lan", "destination": ["192.168.10.2", "192.168.10.9"],
  "protocol": "tcp", "ports": [80, 443], "action": "accept"})";

TEST(NftTransaction, WithoutKnowledgeTheWholeTableIsReplaced) {
  const Commands all(transaction(nullptr, table_of(kHome).rules()));
  EXPECT_EQ(Texts(all.names.begin(), all.names.begin() + 3),
            (Texts{"add table sluice", "delete table sluice", "add table sluice"}));
  EXPECT_LT(all.place("add chain arrival"), all.place("add set managed"));
  EXPECT_LT(all.place("add set managed"), all.place("add element managed"));
  EXPECT_LT(all.place("add element managed"), all.place("add rule arrival"));
}

TEST(NftTransaction, TableSaysWhatItIsInAComment) {
  const Table table = table_of(kHome);
  const Commands all(transaction(nullptr, table.rules()));
  EXPECT_EQ(all.elements("add set identity"), Texts{"1 generation 1 rules unfinished"});
  EXPECT_NE(text_transaction(nullptr, table.rules()).find("\"generation 1 rules " + table->digest + "\""),
            std::string::npos);
  RulesNft timed = table.rules();
  timed.text.clear();
  EXPECT_EQ(Commands(transaction(nullptr, timed)).elements("add set identity"),
            Texts{"1 generation 1 rules " + table->digest});
}

TEST(NftTransaction, NothingButTheOwnTableIsNamed) {
  Observed seen = fresh_machine();
  const Table before = next(seen, kHome), after = next(seen, with_policies(kWebPolicy));
  for (const std::string& text :
       {transaction(nullptr, before.rules()), transaction(&before.rules(), after.rules())})
    for (const json& command : Commands(text).list) {
      const json& object = *command.begin()->begin();
      EXPECT_EQ(object.at("family"), "inet") << command;
      const std::string table = object.contains("table") ? object["table"] : object["name"];
      EXPECT_EQ(table, "sluice") << command;
    }
}

TEST(NftTransaction, OneForwardMoreIsAHandfulOfRows) {
  const Commands change = difference(with_forwards(1000), with_forwards(1001));
  EXPECT_EQ(change.elements("add map forward_to4"), Texts{"203.0.113.1 . 6 . 1001 : 192.168.10.2"});
  EXPECT_EQ(change.elements("add map forward_port4"), Texts{"203.0.113.1 . 6 . 1001 : 9"});
  EXPECT_EQ(change.elements("add set objects"), Texts{"1001 forward f1001"});
  EXPECT_LE(change.all_elements(), 6u);
  for (const std::string& name : change.names)
    EXPECT_TRUE(!name.starts_with("flush") || name.starts_with("flush chain")) << name;
}

TEST(NftTransaction, OneForwardLessTakesItsRowsAway) {
  const Commands change = difference(with_forwards(1000), with_forwards(999));
  EXPECT_EQ(change.elements("delete element forward_to4"), Texts{"203.0.113.1 . 6 . 1000"});
  EXPECT_EQ(change.elements("delete element objects"), Texts{"1000"});
  EXPECT_LE(change.all_elements(), 6u);
}

TEST(NftTransaction, ForwardThatMovesIsExchangedUnderItsKey) {
  std::string moved(kHome);
  moved.replace(moved.find("192.168.10.2:"), 12, "192.168.10.3");
  const Commands change = difference(kHome, moved);
  EXPECT_EQ(change.elements("delete element forward_to4"), Texts{"203.0.113.1 . 6 . 80"});
  EXPECT_EQ(change.elements("add map forward_to4"), Texts{"203.0.113.1 . 6 . 80 : 192.168.10.3"});
  EXPECT_LT(change.place("delete element forward_to4"), change.place("add map forward_to4"));
  EXPECT_FALSE(change.say("add map forward_port4"));
  EXPECT_EQ(change.elements("delete element objects"), Texts{}) << "its counters go on";
}

TEST(NftTransaction, WhatTheKernelCountsIsNotTouched) {
  const Commands change = difference(kHome, with_policies(kWebPolicy));
  for (const std::string& name : change.names) {
    EXPECT_EQ(name.find("dropped_"), std::string::npos) << name;
    EXPECT_FALSE(name.ends_with(" forwarded") || name.ends_with(" to_host") || name.ends_with(" from_host"))
        << name;
  }
}

TEST(NftTransaction, ObjectThatStaysIsNotPutAgain) {
  const Commands change = difference(with_policies(kWebPolicy), with_policies(std::string(kWebPolicy) + R"(,
    {"name": "ssh", "from": "internet", "to": "host", "protocol": "tcp", "ports": 22, "action": "accept"})"));
  EXPECT_EQ(change.elements("add set objects"), Texts{"2 policy ssh"});
  EXPECT_EQ(change.elements("delete element objects"), Texts{});
  EXPECT_EQ(change.elements("add set flows"), Texts{"2"});
}

TEST(NftTransaction, SetsAndChainsGoAfterTheRulesThatNamedThem) {
  const Commands change = difference(with_policies(kWebPolicy), house(""));
  const size_t set = change.place("delete set prefixes4_1");
  EXPECT_LT(change.place("flush chain from_internet/to_lan"), set);
  EXPECT_LT(change.place("flush map between"), change.place("delete chain from_internet/to_lan"));
  for (size_t i = set; i < change.names.size(); ++i)
    EXPECT_FALSE(change.names[i].starts_with("add") && change.names[i] != "add set identity")
        << change.names[i];
}

TEST(NftTransaction, NewSetsAndChainsComeBeforeWhatNamesThem) {
  const Commands change = difference(house(""), with_policies(kWebPolicy));
  EXPECT_LT(change.place("add set prefixes4_1"), change.place("add rule from_internet/to_lan"));
  EXPECT_LT(change.place("add chain from_internet/to_lan"), change.place("add element between"));
}

TEST(NftTransaction, ChainThatChangesIsFilledAnewAndNoOtherIsTouched) {
  Observed seen = fresh_machine();
  const Table before = next(seen, kHome), after = next(seen, with_policies(kWebPolicy));
  const Commands change(transaction(&before.rules(), after.rules()));
  size_t same = 0;
  for (const NftChain& chain : after->chains) {
    if (chain.rules.empty() || !before.has_chain(chain.name)) continue;
    if (before.chain(chain.name) != after.chain(chain.name)) {
      EXPECT_LT(change.place("flush chain " + chain.name), change.place("add rule " + chain.name));
    } else {
      EXPECT_FALSE(change.say("flush chain " + chain.name) || change.say("add rule " + chain.name))
          << chain.name;
      ++same;
    }
  }
  EXPECT_GT(same, 10u);
}

// Ports say which policy a rule is of.
std::string numbered_policies(const std::vector<int>& numbers) {
  std::string list;
  for (const int i : numbers)
    list += fmt::format(
        R"({}{{"name": "p{}", "from": "internet", "to": "lan", "protocol": "tcp", "ports": {}, "action": "accept"}})",
        list.empty() ? "" : ",", i, i);
  return with_policies(list);
}

// The ports in the order in which a packet meets their rules.
std::vector<int> met(const Table& table, const std::string& chain) {
  std::vector<int> ports;
  for (const std::string& rule : table.chain(chain)) {
    if (rule.ends_with(" return")) continue;   // around all policies of a piece
    if (const size_t port = rule.find("proto-src "); port != std::string::npos)
      ports.push_back(std::stoi(rule.substr(port + 10)));
    else if (rule.starts_with("jump ") && rule.size() > 5 + chain.size() &&
             rule.compare(5, chain.size(), chain) == 0)
      std::ranges::copy(met(table, rule.substr(5)), std::back_inserter(ports));
  }
  return ports;
}

TEST(NftTransaction, OneOfManyPoliciesExchangesOnePieceOfThem) {
  std::vector<int> all(2000);
  std::iota(all.begin(), all.end(), 1);
  std::vector<int> others = all;
  others.erase(others.begin() + 1000);         // one goes
  others.insert(others.begin() + 500, 3000);   // one comes
  Observed seen = fresh_machine();
  const Table before = next(seen, numbered_policies(all)), after = next(seen, numbered_policies(others));
  EXPECT_EQ(met(before, "from_internet/to_lan"), all);
  EXPECT_EQ(met(after, "from_internet/to_lan"), others);
  const Commands change(transaction(&before.rules(), after.rules()));
  const auto rules = std::ranges::count_if(change.names, [](const std::string& name) {
    return name.starts_with("add rule from_internet/to_lan/");
  });
  EXPECT_GT(rules, 0);
  EXPECT_LT(rules, 1000);
  EXPECT_LE(std::ranges::count_if(change.names,
                                  [](const std::string& name) {
                                    return name.starts_with("flush chain from_internet/to_lan/");
                                  }),
            2);
}

TEST(NftTransaction, FewPoliciesStandInTheChainOfTheirZones) {
  const Table table = table_of(numbered_policies({1, 2, 3}));
  EXPECT_EQ(table.chain("from_internet/to_lan").size(), 4u);
}

TEST(NftTransaction, NamesOfZonesMayBeLongerThanAChainsTogether) {
  std::string text = with_policies(R"({"name": "p", "from": "internet", "to": "lan", "action": "accept"})");
  for (const auto& [name, longer] :
       {std::pair{std::string("internet"), std::string(63, 'a')}, {std::string("lan"), std::string(63, 'b')}})
    for (const char* key : {"zone", "from", "to"}) {
      const std::string wanted = fmt::format(R"("{}": "{}")", key, name);
      if (const size_t at = text.find(wanted); at != std::string::npos)
        text.replace(at, wanted.size(), fmt::format(R"("{}": "{}")", key, longer));
    }
  const Table table = table_of(text);
  for (const NftChain& chain : table->chains) EXPECT_LT(chain.name.size(), 128u) << chain.name;
}

// Otherwise the table would have to be replaced, with its counters.
TEST(NftTransaction, PortThatBecomesARangeChangesNoSetInPlace) {
  std::string ranged(kWebPolicy);
  ranged.replace(ranged.find("[80"), 3, R"(["80-90")");
  const Commands change = difference(with_policies(kWebPolicy), with_policies(ranged));
  EXPECT_FALSE(change.say("delete table sluice"));
  EXPECT_TRUE(change.say("add set service_ranges_1"));
  EXPECT_TRUE(change.say("delete set services_1"));
}

TEST(NftTransaction, RangesThatOverlapTheOnesBeforeAreWrittenAnew) {
  const std::string_view range =
      R"({"name": "g", "listen": "203.0.113.1", "protocol": "tcp", "ports": "100-200", "to": "192.168.10.2"})";
  std::string longer(range);
  longer.replace(longer.find("200"), 3, "300");
  const auto text = [](std::string_view list) {
    return house(R"("nat": {"forwards": [)" + std::string(list) + "]}");
  };
  const Commands change = difference(text(range), text(longer));
  EXPECT_LT(change.place("flush map forward_range4"), change.place("add element forward_range4"));
  EXPECT_EQ(change.elements("add element forward_range4"), Texts{"203.0.113.1 . 6 . 100-300 : 192.168.10.2"});
}

TEST(NftTransaction, SetDeclaredOtherwiseReplacesTheTable) {
  RulesNft before, after;
  before.sets = {{.name = "s", .kind = {{"type", "mark"}}}};
  after.sets = {{.name = "s", .kind = {{"type", "inet_proto"}}}};
  EXPECT_TRUE(Commands(transaction(&before, after)).say("delete table sluice"));
}

TEST(NftTransaction, TimeoutsAreSetOnce) {
  const Table table = table_of(kHome);
  EXPECT_NE(text_transaction(nullptr, table.rules()), "");
  EXPECT_EQ(text_transaction(&table.rules(), table.rules()), "");
}

TEST(NftTransaction, OldTimeoutsGoAfterTheNewOnes) {
  std::string longer(kHome);
  longer.insert(1, R"("timeouts": {"udp": "7m"},)");
  const Table before = table_of(kHome), after = table_of(longer);
  const std::string text = text_transaction(&before.rules(), after.rules());
  EXPECT_TRUE(text.starts_with("flush chain inet sluice timeouts\n"));
  EXPECT_LT(text.find("add ct timeout inet sluice udp_420_1204"),
            text.find("delete ct timeout inet sluice udp_300_1204"));
  EXPECT_EQ(text.find("delete ct timeout inet sluice tcp"), std::string::npos);
}

}   // namespace
}   // namespace sluice::test
