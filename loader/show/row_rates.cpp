// SPDX-License-Identifier: GPL-2.0-or-later
#include "show/row_rates.hpp"

#include <algorithm>
#include <utility>

#include "show/row_filter.hpp"

namespace sluice {
namespace {

using nlohmann::json;

// A rate of a shorter time says little: the one before is told.
constexpr std::chrono::milliseconds kShortest{500};

const json& field_of(const json& row, const std::string& name) {
  static const json kMissing;
  const auto at = row.find(name);
  return at == row.end() ? kMissing : *at;
}

std::string key_of_row(const json& row, std::span<const char* const> key) {
  std::string text;
  for (const char* name : key) text += field_of(row, name).dump() + '\n';
  return text;
}

RowCounts counts_of_row(const json& row, std::span<const char* const> counters) {
  RowCounts counts;
  for (const char* name : counters) {
    const json& value = field_of(row, name);
    counts.push_back(value.is_number_integer() ? std::optional(value.get<uint64_t>()) : std::nullopt);
  }
  return counts;
}

// None: it has gone back, or one of the looks did not know it.
std::optional<uint64_t> more_than(const std::optional<uint64_t>& before, const std::optional<uint64_t>& now) {
  return before && now && *now >= *before ? std::optional(*now - *before) : std::nullopt;
}

uint64_t per_second(uint64_t count, RowRates::Clock::duration time) {
  return static_cast<uint64_t>(static_cast<double>(count) / std::chrono::duration<double>(time).count());
}

// Numbers from the top, all else as it is spelled.
bool comes_first(const json& one, const json& other) {
  if (one.is_null() || other.is_null()) return !one.is_null() && other.is_null();
  return one.is_number() && other.is_number() ? other < one : one < other;
}

}   // namespace

void RowRates::add(json& rows, std::span<const char* const> key, std::span<const char* const> counters,
                   Clock::time_point now) {
  std::map<std::string, Seen> seen;
  for (json& row : rows) {
    Seen one{counts_of_row(row, counters), now, std::vector<json>(counters.size())};
    const std::string name = key_of_row(row, key);
    if (const auto before = before_.find(name); before != before_.end()) {
      if (now - before->second.at < kShortest)
        one = before->second;
      else
        for (size_t i = 0; i < counters.size(); ++i)
          if (const auto more = more_than(before->second.counts[i], one.counts[i]))
            one.rates[i] = per_second(*more, now - before->second.at);
    }
    for (size_t i = 0; i < counters.size(); ++i) row[std::string(counters[i]) + "_per_second"] = one.rates[i];
    seen.insert_or_assign(name, std::move(one));
  }
  before_ = std::move(seen);
}

json first_of(const json& rows, const TopQuery& query, uint64_t& matched) {
  const RowFilter filter(query.filter);
  std::vector<const json*> order;
  for (const json& row : rows)
    if (filter.passes(row)) order.push_back(&row);
  matched = order.size();
  const auto before = [&](const json* one, const json* other) {
    const json &mine = field_of(*one, query.sort), &theirs = field_of(*other, query.sort);
    if (mine.is_null() || theirs.is_null()) return comes_first(mine, theirs);
    return query.reverse ? comes_first(theirs, mine) : comes_first(mine, theirs);
  };
  if (!query.sort.empty())
    std::ranges::stable_sort(order, before);
  else if (query.reverse)
    std::ranges::reverse(order);
  order.resize(std::min(order.size(), query.rows));
  json first = json::array();
  for (const json* row : order) first.push_back(*row);
  return first;
}

}   // namespace sluice
