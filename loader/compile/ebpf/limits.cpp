// SPDX-License-Identifier: GPL-2.0-or-later
// Limits as rows of the tables of maps/limit.h.
#include <algorithm>
#include <cmath>
#include <set>

#include "compile/common/rows.hpp"
#include "compile/ebpf/context.hpp"
#include "model/endpoints.hpp"
#include "model/limit_classes.hpp"

namespace sluice {
namespace {

static_assert(kMostLimits == SL_MAX_LIMITS - 1 && kMostLimitsPerFlow == SL_LIMITS_PER_FLOW);

constexpr double kTimePerSecond = 1e9 * (1 << SL_LIMIT_TIME_SHIFT);

sl_limit_set row_set(const RuleSet& set) {
  sl_limit_set row;
  std::copy_n(set.begin(), std::size(row.word), row.word);
  return row;
}

// The largest shift whose product with what a packet or byte costs fits.
void set_rate(const Limit& limit, sl_limit& row) {
  const double rate = static_cast<double>(limit.rate.amount) / (limit.rate.packets ? 1 : 8);
  const double cost = kTimePerSecond / rate;
  const auto most = static_cast<double>(uint64_t{1} << SL_LIMIT_MULTIPLIER_BITS);
  while (row.shift < 31 && cost * static_cast<double>(uint64_t{2} << row.shift) < most) ++row.shift;
  row.multiplier = static_cast<uint64_t>(std::llround(std::ldexp(cost, row.shift)));
  row.burst = static_cast<uint64_t>(cost * static_cast<double>(burst_of(limit)));
}

void set_key(const LimitKey& key, sl_limit& row) {
  row.key = static_cast<uint8_t>(key.kind);
  const auto mask = [](int bits) {
    return htonl(bits <= 0 ? 0 : bits >= 32 ? ~uint32_t{0} : ~uint32_t{0} << (32 - bits));
  };
  row.mask4 = mask(key.bits4);
  for (int word = 0; word < 4; ++word) row.mask6[word] = mask(key.bits6 - 32 * word);
}

sl_limit row_limit(CompileContext& context, const Limit& limit) {
  sl_limit row{};
  set_rate(limit, row);
  set_key(limit.key, row);
  if (!limit.rate.packets) row.flags |= SL_LIMIT_BYTES;
  if (limit.dscp) row.flags |= SL_LIMIT_MARKS;
  if (limit.dscp || limit.key.kind == LimitKey::kFlow) row.flags |= SL_LIMIT_LATE;
  if (limit.key.kind == LimitKey::kEndpoint && side_of(limit, context.document) == EndpointSide::kDestination)
    row.flags |= SL_LIMIT_THERE;
  row.dscp = limit.dscp.value_or(0);
  row.passed = context.objects.of(SL_OBJECT_LIMIT, limit.name);
  row.exceeded = context.objects.of(SL_OBJECT_LIMIT_EXCEEDED, limit.name);
  return row;
}

// Of limit_buckets: those that tell nobody apart need none.
uint32_t rooms_of_each(const Document& document) {
  const auto needs_rooms = [](const Limit& limit) { return limit.key.kind != LimitKey::kRule; };
  const auto count = std::ranges::count_if(document.limits, needs_rooms);
  return SL_MAX_BUCKETS / std::max<uint32_t>(1, static_cast<uint32_t>(count));
}

// Numbers of sets of limits; the zones have the first ones.
class Classes {
 public:
  explicit Classes(std::vector<sl_limit_set>& rows) : rows_(rows) {}

  void add_zone(const RuleSet& set) { rows_.push_back(row_set(set)); }
  uint32_t of(const RuleSet& set) {
    const auto [at, is_new] = numbers_.try_emplace(set, static_cast<uint32_t>(rows_.size()));
    if (is_new) rows_.push_back(row_set(set));
    return at->second;
  }

 private:
  std::vector<sl_limit_set>& rows_;
  std::map<RuleSet, uint32_t> numbers_;
};

void add_addresses(const AddressTrees& trees, sl_prefix_kind side, Classes& classes, NumberedRules& rules) {
  for (const auto& [tree, family] : {std::pair(&trees.ipv4, 4u), std::pair(&trees.ipv6, 6u)})
    for_each_nested(*tree, [&, family = family](const AddressKey& key, const RuleSet& sum) {
      rules.prefixes.emplace_back(row_prefix(SL_PREFIX_TAG(side, 0, family), key), classes.of(sum));
    });
}

uint32_t dimensions_of(const LimitClasses& of) {
  uint32_t bits = SL_LIMITS_ANY;
  if (of.by_source) bits |= SL_LIMITS_BY_SOURCE;
  if (of.by_destination) bits |= SL_LIMITS_BY_DESTINATION;
  if (of.services.size() > 1) bits |= SL_LIMITS_BY_SERVICE;
  if (!of.forwards.empty()) bits |= SL_LIMITS_BY_FORWARD;
  return bits;
}

// A flow of a service is counted as its backend's.
std::set<uint32_t> objects_of_forward(CompileContext& context, const std::string& name) {
  std::set<uint32_t> objects;
  for (const Forward& forward : context.document.forwards) {
    if (forward.name != name) continue;
    if (!forward.service) return {context.objects.of(SL_OBJECT_FORWARD, name)};
    for (const Member& member : forward.service->members)
      objects.insert(context.objects.of(SL_OBJECT_BACKEND, name_of(name, member)));
  }
  return objects;
}

void put_classes(CompileContext& context, const LimitClasses& of) {
  NumberedRules& rules = context.rules;
  Classes classes(rules.limit_bits);
  for (const RuleSet& set : of.to) classes.add_zone(set);
  rules.header.limits = dimensions_of(of);
  rules.header.limits_from_host = classes.of(of.from_host);
  for (const PlannedLink& link : context.links)
    for (auto& [index, row] : rules.interfaces)
      if (index == link.seen->index) row.limits = classes.of(of.arrivals.at(link.wanted->name));
  if (of.by_source) add_addresses(of.sources, SL_PREFIX_LIMIT_SOURCE, classes, rules);
  if (of.by_destination) add_addresses(of.destinations, SL_PREFIX_LIMIT_DESTINATION, classes, rules);
  for_each_nested(of.services, [&](const ServiceKey& key, const RuleSet& sum) {
    rules.limit_service.emplace_back(row_service(key), classes.of(sum));
  });
  rules.limit_forwards.emplace_back(0, classes.of(of.other_forwards));
  for (const auto& [name, set] : of.forwards)
    for (const uint32_t object : objects_of_forward(context, name))
      rules.limit_forwards.emplace_back(object, classes.of(set));
}

void put_places(const std::vector<size_t>& places, uint16_t (&row)[SL_LIMITS_PER_FLOW]) {
  for (size_t i = 0; i < std::min<size_t>(places.size(), SL_LIMITS_PER_FLOW); ++i)
    row[i] = static_cast<uint16_t>(places[i] + 1);
}

void put_rows(CompileContext& context, const LimitClasses& of) {
  NumberedRules& rules = context.rules;
  rules.limit_rows.emplace_back();
  const auto sets = of.possible();   // the document was checked: there are not too many
  for (const RuleSet& set : sets.value_or(std::set<RuleSet>{})) {
    rules.limit_sets.emplace_back(row_set(set), static_cast<uint32_t>(rules.limit_rows.size()));
    sl_limit_row& row = rules.limit_rows.emplace_back();
    put_places(limits_in(set, context.document, LimitDirection::kOriginal), row.original);
    put_places(limits_in(set, context.document, LimitDirection::kReply), row.reply);
  }
}

}   // namespace

void compile_limits(CompileContext& context) {
  const Document& document = context.document;
  if (document.limits.empty()) return;
  const uint32_t rooms = rooms_of_each(document);
  for (const Limit& limit : document.limits) {
    context.rules.limits.push_back(row_limit(context, limit));
    context.rules.limits.back().rooms = rooms;
  }
  const LimitClasses classes(document);
  put_classes(context, classes);
  put_rows(context, classes);
}

}   // namespace sluice
