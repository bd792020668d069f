// SPDX-License-Identifier: GPL-2.0-or-later
// What the planner writes, given to the kernel by the libnftables of this machine, in a network namespace.
#include <cstdlib>

#include "../support/network_namespace.hpp"
#include "../support/parsed.hpp"
#include "compile_nft_fixture.hpp"
#include "config_corpus.hpp"
#include "engine/nft/listing.hpp"
#include "kernel/nft/nft.hpp"

namespace sluice::test {
namespace {

// "ok" or the failure's sentence.
using test::outcome;

// The devices of the examples, with the numbers that the kept texts speak of.
void make_devices() {
  for (const char* words :
       {"wan index 2 type veth peer name wan1 index 102", "lan index 3 type veth peer name lan1 index 103",
        "dmz index 4 type veth peer name dmz1 index 104"})
    ASSERT_EQ(std::system((std::string("ip link add ") + words).c_str()), 0);
}

std::string put(const RulesNft* before, const RulesNft& after) {
  if (const auto done = nft_apply(transaction(before, after)); !done) return outcome(done);
  const std::string text = text_transaction(before, after);
  return text.empty() ? "ok" : outcome(nft_apply_text(text));
}

// Anonymous sets and elements have no order of their own.
void sort_sets(json& value) {
  if (!value.is_structured()) return;
  for (json& inner : value) sort_sets(inner);
  for (const char* list : {"set", "elem"})
    if (value.is_object() && value.contains(list) && value[list].is_array())
      std::sort(value[list].begin(), value[list].end());
}

// Each thing of the table by its kind and name; rules in their order.
std::map<std::string, Texts> listed() {
  std::map<std::string, Texts> things;
  json list = nft_list("list table inet sluice").value().value();
  for (json& thing : list) {
    const std::string kind = thing.begin().key();
    json& object = *thing.begin();
    if (kind == "metainfo") continue;
    object.erase("handle");
    sort_sets(object);
    const std::string name = object.value(kind == "rule" ? "chain" : "name", "");
    things[kind + " " + name].push_back(object.dump());
  }
  return things;
}

class Kept : public testing::TestWithParam<const char*> {};

TEST_P(Kept, IsAccepted) {
  const auto folder = kSource / "tests/golden/nft";
  const std::string name = GetParam();
  const int status = in_own_network([&] {
    make_devices();
    EXPECT_EQ(outcome(nft_apply(text_of(folder / (name + ".json")))), "ok");
    EXPECT_EQ(outcome(nft_apply_text(text_of(folder / (name + "-text.txt")))), "ok");
    EXPECT_TRUE(nft_list("list chain inet sluice arrival").value().has_value());
  });
  if (status == kNotPermitted) GTEST_SKIP() << "may not make a network namespace";
  EXPECT_EQ(status, 0);
}

TEST_P(Kept, IsPutAgainAsItIsPrinted) {
  const int status = in_own_network([&] {
    make_devices();
    ASSERT_EQ(outcome(nft_apply(text_of(kSource / "tests/golden/nft" / (std::string(GetParam()) + ".json")))),
              "ok");
    const std::string printed = nft_list_text("list table inet sluice").value();
    EXPECT_EQ(outcome(nft_apply_text("delete table inet sluice\n" + printed)), "ok");
    EXPECT_EQ(nft_list_text("list table inet sluice").value(), printed);
  });
  if (status == kNotPermitted) GTEST_SKIP() << "may not make a network namespace";
  EXPECT_EQ(status, 0);
}

INSTANTIATE_TEST_SUITE_P(Golden, Kept, testing::Values("home", "dmz", "minimal", "vrfs", "forward-half-open"),
                         [](const auto& info) { return without_dashes(info.param); });

// A machine with the devices of the document, and what is known of the table that is in force.
Observed machine_with(const Document& document, const Observed& before) {
  Observed seen = machine_for(document);
  seen.findings = before.findings;
  seen.nft = before.nft;
  seen.engine.object_ids = before.engine.object_ids;
  return seen;
}

// From each document to the next by the difference: the same table as from nothing.
void walk(const std::vector<std::filesystem::path>& files, bool vrf_devices = false) {
  Observed seen;
  seen.findings.vrf_devices = vrf_devices;
  std::shared_ptr<const RulesNft> before;
  for (const auto& file : files) {
    auto checked = check_document(text_of(file), file.filename().string());
    ASSERT_TRUE(checked) << file;
    checked->document.engine = EngineChoice::kNftables;
    seen = machine_with(checked->document, seen);
    const auto plan = make_plan(checked->document, seen);
    if (!plan) continue;
    carry_out(seen, *plan);
    ASSERT_EQ(put(before.get(), *plan->table), "ok") << file;
    const auto changed = listed();
    ASSERT_EQ(put(nullptr, *plan->table), "ok") << file;
    EXPECT_EQ(changed, listed()) << file;
    before = plan->table;
  }
}

TEST_IN_NETWORK(NftNamespace, DifferenceLeadsToTheSameTableAsAFreshStart) {
  make_devices();
  walk(documents_in({kDocuments / "good", kExamples}));
}

TEST_IN_NETWORK(NftNamespace, DifferenceLeadsBackAgain) {
  make_devices();
  auto files = documents_in({kDocuments / "good", kExamples});
  std::reverse(files.begin(), files.end());
  walk(files);
}

TEST_IN_NETWORK(NftNamespace, DifferenceLeadsToTheSameTableWhereVrfsHaveDevices) {
  make_devices();
  walk(documents_in({kDocuments / "good", kExamples}), true);
}

std::string digest_in_force() {
  const auto identity = nft_list(fmt::format("list set inet sluice {}", kNftIdentitySet)).value();
  return read_table(identity.value(), {}).digest;
}

// Whoever is killed between the two transactions of an exchange leaves a table that the next start replaces.
TEST_IN_NETWORK(NftNamespace, ATableIsNotCalledFinishedBeforeItIs) {
  make_devices();
  const Table none = table_of(house(R"("timeouts": {"udp": "5m"})")),
              other = table_of(house(R"("timeouts": {"udp": "7m"})"));
  ASSERT_EQ(put(nullptr, none.rules()), "ok");
  EXPECT_EQ(digest_in_force(), none.rules().digest);
  for (const RulesNft* before : {&none.rules(), static_cast<const RulesNft*>(nullptr)}) {
    ASSERT_EQ(outcome(nft_apply(transaction(before, other.rules()))), "ok");
    EXPECT_EQ(digest_in_force(), "");
    ASSERT_EQ(outcome(nft_apply_text(text_transaction(before, other.rules()))), "ok");
    EXPECT_EQ(digest_in_force(), other.rules().digest);
  }
}

TEST_IN_NETWORK(NftNamespace, PoolsThatEbpfCannotHaveAreTaken) {
  const Table table = table_of(without_engine(text_of(kDocuments / "meaning/engine-ebpf-pool.json")));
  EXPECT_EQ(put(nullptr, table.rules()), "ok");
}

TEST_IN_NETWORK(NftNamespace, RangesThatMeetAreTaken) {
  Observed seen = fresh_machine();
  seen.links["wan"].addresses.push_back({*InterfaceAddress::parse("203.0.113.1/24"), false});
  const Table table = table_of(R"({"version": 1, "interfaces": {"wan": {"zone": "w"}, "lan": {"zone": "l"}},
    "nat": {"forwards": [{"name": "a", "listen": "wan", "ports": "105-109", "to": "192.168.10.2"},
                         {"name": "b", "listen": "203.0.113.1", "ports": "100-110", "to": "192.168.10.3"}]}})",
                               seen);
  EXPECT_EQ(put(nullptr, table.rules()), "ok");
}

std::string house_with_web(std::string_view more) {
  return house(R"("nat": {"forwards": [{"name": "web", "listen": "2001:db8:f::1", "ports": 80,
    "to": "2001:db8:10::2", )" +
               std::string(more) + "}]}");
}

TEST_IN_NETWORK(NftNamespace, OtherLimitsOfHalfOpenConnectionsAreTaken) {
  const Table none = table_of(house_with_web(R"("source": "::/0")")),
              small = table_of(house_with_web(R"("half_open": 64)")),
              larger = table_of(house_with_web(R"("half_open": 65)")),
              cookies = table_of(house_with_web(R"("half_open": 65, "syn_cookies": true)"));
  EXPECT_EQ(put(nullptr, none.rules()), "ok");
  const Table* before = &none;
  for (const Table* after : {&small, &larger, &cookies, &small, &cookies, &none}) {
    EXPECT_EQ(put(&before->rules(), after->rules()), "ok");
    before = after;
  }
  EXPECT_EQ(listed().count("set half_open/2001_db8_10__2/80/65/240"), 0u);
}

std::string zone_of(size_t length, char last) { return std::string(length - 1, 'z') + last; }

// Enough for pieces, which begin with the box around their policies.
TEST_IN_NETWORK(NftNamespace, ManyPoliciesAreTaken) {
  for (const char* what :
       {R"("protocol": "tcp", "ports": {0}, "source": "10.0.{1}.0/24")",
        R"("protocol": ["tcp", "udp"], "ports": "{0}-60000", "destination": "2001:db8::{0}")",
        R"("protocol": "tcp")"}) {
    std::string list;
    for (int i = 1; i <= 600; ++i)
      list += fmt::format(R"({}{{"name": "p{}", "from": "internet", "to": "lan", "action": "accept", {}}})",
                          i == 1 ? "" : ", ", i, fmt::format(fmt::runtime(what), i, i % 250));
    const Table table = table_of(house(R"("policies": [)" + list + "]"));
    EXPECT_EQ(put(nullptr, table.rules()), "ok") << what;
  }
}

TEST_IN_NETWORK(NftNamespace, LongestNamesAreTaken) {
  const std::string a = zone_of(63, '1'), b = zone_of(63, '2'), p(63, 'p');
  const Table table = table_of(R"({"version": 1, "interfaces": {"wan": {"zone": ")" + a +
                               R"("}, "lan": {"zone": ")" + b + R"("}}, "policies": [{"name": ")" + p +
                               R"(", "from": ")" + a + R"(", "to": ")" + b + R"(", "action": "accept"}]})");
  EXPECT_EQ(put(nullptr, table.rules()), "ok");
}

}   // namespace
}   // namespace sluice::test
