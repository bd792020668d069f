// SPDX-License-Identifier: GPL-2.0-or-later
// What a listing says, however it was cut or made up: anybody with privileges can write to the table.
#include <gtest/gtest.h>

#include "compile/nft/rules_nft.hpp"
#include "engine/nft/listing.hpp"

namespace sluice {
namespace {

using nlohmann::json;

// The set as libnftables lists it: what it says of itself comes first. Read from text, as numbers have no
// sign there.
json set_of(std::string_view name, json elements) {
  const json list = json::array({{{"metainfo", {{"version", "1.0.6"}, {"json_schema_version", 1}}}},
                                 {{"set",
                                   {{"family", "inet"},
                                    {"name", name},
                                    {"table", "sluice"},
                                    {"type", "mark"},
                                    {"handle", 7},
                                    {"elem", std::move(elements)}}}}});
  return json::parse(list.dump());
}

json named(uint64_t value, std::string_view comment) {
  return {{"elem", {{"val", value}, {"comment", comment}}}};
}

json identity(std::string_view comment) { return set_of(kNftIdentitySet, json::array({named(3, comment)})); }

json pair(uint64_t number, std::string_view names) {
  return set_of("pairs", json::array({named(number << kMarkObjectBits, names)}));
}

const json kNoPairs = set_of("pairs", json::array());

TEST(NftListing, IdentityIsGenerationAndDigest) {
  const ObservedNft seen = read_table(identity("generation 3 rules 0123456789abcdef"), kNoPairs);
  EXPECT_TRUE(seen.loaded);
  EXPECT_EQ(seen.generation, 3);
  EXPECT_EQ(seen.digest, "0123456789abcdef");
}

TEST(NftListing, PairsHaveTheNumbersOfTheirMarks) {
  const ObservedNft seen = read_table(identity("generation 1 rules 0"), pair(5, "lan > internet"));
  EXPECT_EQ(seen.pair_numbers,
            (std::map<std::pair<std::string, std::string>, uint16_t>{{{"lan", "internet"}, 5}}));
}

TEST(NftListing, OtherWordsAreNoIdentity) {
  for (const char* words :
       {"", "generation", "generation 3 rules", "generation 3 rules a b", "digest 3 rules a",
        "generation three rules a", "generation -1 rules a", "generation 300 rules a", "generation 0 rules a",
        "generation 16 rules a", "generation 3x rules a"}) {
    const ObservedNft seen = read_table(identity(words), kNoPairs);
    EXPECT_EQ(seen.digest, "") << words;
    EXPECT_EQ(seen.generation, 0) << words;
  }
}

TEST(NftListing, NumbersThatNoMarkCanCarryAreNoPairs) {
  for (const uint64_t number :
       {uint64_t{0}, uint64_t{1024}, uint64_t{65536}, uint64_t{65537}, uint64_t{1} << 40})
    EXPECT_TRUE(read_table(identity("generation 1 rules 0"), pair(number, "a > b")).pair_numbers.empty())
        << number;
  EXPECT_EQ(read_table(identity("generation 1 rules 0"), pair(1023, "a > b")).pair_numbers.size(), 1u);
}

TEST(NftListing, TwoPairsWithOneNumberAreOne) {
  const json both =
      set_of("pairs",
             json::array({named(1 << kMarkObjectBits, "a > b"), named((1 << kMarkObjectBits) + 1, "b > a")}));
  EXPECT_EQ(read_table(identity("generation 1 rules 0"), both).pair_numbers.size(), 1u);
}

TEST(NftListing, CommentWithoutAnArrowIsNoPair) {
  for (const char* words : {"", "a", "a>b", "a >b"})
    EXPECT_TRUE(read_table(identity("generation 1 rules 0"), pair(1, words)).pair_numbers.empty()) << words;
}

TEST(NftListing, RowsSayWhatWasCounted) {
  const json counted = {
      {"elem", {{"val", 9}, {"comment", "policy out"}, {"counter", {{"packets", 12}, {"bytes", 3456}}}}}};
  const auto rows = read_rows(set_of("objects", json::array({counted, 4})), "objects");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].key, 9);
  EXPECT_EQ(rows[0].comment, "policy out");
  EXPECT_EQ(rows[0].packets, 12u);
  EXPECT_EQ(rows[0].bytes, 3456u);
  EXPECT_EQ(rows[1].key, 4);
  EXPECT_EQ(rows[1].packets, 0u);
}

TEST(NftListing, RowsOfAnotherSetAreNotRead) {
  EXPECT_TRUE(read_rows(set_of("objects", json::array({4})), "flows").empty());
}

TEST(NftListing, WhatIsNoCounterIsZero) {
  for (const json& counter : {json(), json(7), json::array(), json{{"packets", -1}, {"bytes", "many"}}}) {
    const json element = {{"elem", {{"val", 9}, {"comment", 8}, {"counter", counter}}}};
    const auto rows = read_rows(set_of("objects", json::array({element})), "objects");
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].packets + rows[0].bytes, 0u);
    EXPECT_EQ(rows[0].comment, "");
  }
}

// Every value anywhere in a listing is exchanged for something else, one after the other.
class Spoiler {
 public:
  explicit Spoiler(json listing) : listing_(std::move(listing)) {}

  template <class Read>
  void spoil(Read read) {
    for (const json& other :
         {json(), json(true), json(-5), json(1e300), json("x"), json::array({1}), json::object()})
      for (const std::string& place : places()) {
        json spoiled = listing_;
        spoiled[json::json_pointer(place)] = other;
        EXPECT_NO_THROW(read(spoiled)) << spoiled;
      }
  }

 private:
  std::vector<std::string> places() const {
    std::vector<std::string> list{""};
    find(listing_, "", list);
    return list;
  }
  static void find(const json& value, const std::string& place, std::vector<std::string>& list) {
    if (!value.is_structured()) return;
    for (const auto& [key, inner] : value.items()) {
      const std::string inside = place + "/" + key;
      list.push_back(inside);
      find(inner, inside, list);
    }
  }
  json listing_;
};

TEST(NftListing, ATableOfThatNameInAnotherFamilyIsSomebodyElses) {
  EXPECT_TRUE(names_table("table inet other\ntable inet sluice\n"));
  EXPECT_FALSE(names_table("table ip sluice\n"));
  EXPECT_FALSE(names_table("table inet other\n"));
  EXPECT_FALSE(names_table(""));
}

TEST(NftListing, NothingThatAListingSaysThrows) {
  Spoiler(identity("generation 3 rules a")).spoil([](const json& listing) {
    (void)read_table(listing, kNoPairs);
  });
  Spoiler(pair(5, "a > b")).spoil([](const json& listing) { (void)read_table(kNoPairs, listing); });
  const json counted = {{"elem", {{"val", 9}, {"counter", {{"packets", 12}, {"bytes", 3456}}}}}};
  Spoiler(set_of("objects", json::array({counted}))).spoil([](const json& listing) {
    (void)read_rows(listing, "objects");
  });
}

TEST(NftListing, ElementsThatAreMissingAreNone) {
  json cut = identity("generation 3 rules a");
  cut[1]["set"].erase("elem");
  EXPECT_EQ(read_table(cut, json()).digest, "");
  EXPECT_TRUE(read_rows(json(), "objects").empty());
}

}   // namespace
}   // namespace sluice
