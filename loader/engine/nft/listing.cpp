// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/nft/listing.hpp"

#include <algorithm>
#include <charconv>
#include <ranges>

#include "base/text.hpp"
#include "compile/nft/rules_nft.hpp"

namespace sluice {
namespace {

using nlohmann::json;

const json& member(const json& object, const char* key) {
  static const json kNothing;
  const auto at = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && at != object.end() ? *at : kNothing;
}

std::string text_of(const json& value) { return value.is_string() ? value.get<std::string>() : ""; }
uint64_t number_of(const json& value) { return value.is_number_unsigned() ? value.get<uint64_t>() : 0; }

// "generation 3 rules 0123456789abcdef"
void read_identity(const std::string& comment, ObservedNft& seen) {
  const auto words = split(comment, ' ');
  if (words.size() != 4 || words[0] != "generation" || words[2] != "rules") return;
  const char* end = words[1].data() + words[1].size();
  uint8_t generation = 0;
  if (std::from_chars(words[1].data(), end, generation).ptr != end) return;
  if (generation == 0 || generation > kMarkGenerations) return;
  seen.generation = generation;
  if (words[3] != kNftUnfinished) seen.digest = words[3];
}

bool is_taken(uint64_t number, const ObservedNft& seen) {
  return std::any_of(seen.pair_numbers.begin(), seen.pair_numbers.end(),
                     [&](const auto& pair) { return pair.second == number; });
}

// "lan > internet". What no mark can carry would change the meaning of all marks.
void read_pair(const CountedRow& row, ObservedNft& seen) {
  const size_t arrow = row.comment.find(" > ");
  const uint64_t number = number_of(row.key) >> kMarkObjectBits;
  if (arrow == std::string::npos || number == 0 || number > kMarkPairs || is_taken(number, seen)) return;
  seen.pair_numbers[{row.comment.substr(0, arrow), row.comment.substr(arrow + 3)}] =
      static_cast<uint16_t>(number);
}

CountedRow row_of(const json& element) {
  const json& inner = member(element, "elem");
  if (inner.is_null()) return {element, "", 0, 0};
  const json& counter = member(inner, "counter");
  return {member(inner, "val"), text_of(member(inner, "comment")), number_of(member(counter, "packets")),
          number_of(member(counter, "bytes"))};
}

}   // namespace

ObservedNft read_table(const json& identity, const json& pairs) {
  ObservedNft seen;
  seen.loaded = true;
  for (const CountedRow& row : read_rows(identity, std::string(kNftIdentitySet)))
    read_identity(row.comment, seen);
  for (const CountedRow& row : read_rows(pairs, "pairs")) read_pair(row, seen);
  return seen;
}

bool names_table(std::string_view tables) {
  return std::ranges::any_of(std::views::split(tables, '\n'), [](auto&& line) {
    return std::string_view(line.begin(), line.end()) == "table inet sluice";
  });
}

std::vector<CountedRow> read_rows(const json& listing, const std::string& set) {
  std::vector<CountedRow> rows;
  for (const json& object : listing) {
    const json& found = member(object, "set");
    if (text_of(member(found, "name")) != set) continue;
    const json& elements = member(found, "elem");
    if (!elements.is_array()) continue;
    for (const json& element : elements) rows.push_back(row_of(element));
  }
  return rows;
}

}   // namespace sluice
