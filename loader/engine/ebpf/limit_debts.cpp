// SPDX-License-Identifier: GPL-2.0-or-later
// Buckets of limits that are not full, as another gateway is to know them and as another one has told them.
#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>

#include "engine/ebpf/bucket_debt.hpp"
#include "engine/ebpf/engine_ebpf.hpp"

namespace sluice {
namespace {

constexpr size_t kMostDebtsAtOnce = 4096;

BucketClock::time_point time_of_bucket(uint64_t time) {
  return BucketClock::time_point(std::chrono::nanoseconds(time >> SL_LIMIT_TIME_SHIFT));
}

const sl_limit* find_limit(const NumberedRules& rules, uint32_t number) {
  const auto at = std::ranges::find(rules.limits, number, &sl_limit::passed);
  return at == rules.limits.end() ? nullptr : &*at;
}

// The key of a bucket that counts one flow (bucket_key() in bpf/limit/bucket.h).
sl_limit_key key_of_flow(uint32_t limit, uint32_t slot, const sl_tuple& original) {
  sl_limit_key key{};
  key.limit = limit;
  key.slot = slot;
  key.address = original.source;
  key.address.w[0] ^= original.source_port;
  return key;
}

bool same_key(const sl_limit_key& a, const sl_limit_key& b) { return std::memcmp(&a, &b, sizeof(a)) == 0; }

FlowKey flow_key(const sl_tuple& original) {
  return {.protocol = original.protocol,
          .vrf = original.vrf,
          .source_port = ntohs(original.source_port),
          .destination_port = ntohs(original.destination_port),
          .source = address_of(original.source),
          .destination = address_of(original.destination)};
}

// The flow that a slot holds now may be another one than the bucket's.
Result<std::optional<FlowKey>> flow_of(const Tables& tables, const sl_limit_key& key) {
  std::vector<sl_tuple> originals;
  if (const auto slot = TRY(tables.flow_slots4.find(key.slot))) originals.push_back(tuple_of(slot->key));
  if (const auto slot = TRY(tables.flow_slots6.find(key.slot))) originals.push_back(tuple_of(slot->key));
  for (const sl_tuple& original : originals)
    if (same_key(key_of_flow(key.limit, key.slot, original), key)) return flow_key(original);
  return std::nullopt;
}

class EbpfDebtNews final : public DebtNews {
 public:
  explicit EbpfDebtNews(EngineEbpf& engine) : engine_(engine), opened_(engine.opened()) {}

  Result<> take(BucketClock::time_point least, std::vector<LimitDebt>& debts) override {
    if (engine_.opened() != opened_)
      return fail("the tables were exchanged while somebody heard of their limits");
    std::vector<sl_limit_debt> rows = TRY(engine_.read_debts(bucket_time(least)));
    std::erase_if(rows, [this](const sl_limit_debt& row) { return is_told(row); });
    keep_longest(rows);
    for (const sl_limit_debt& row : rows) {
      told_[Bucket(row)] = row.full_at;
      if (auto debt = TRY(engine_.debt_of(row))) debts.push_back(*debt);
    }
    std::erase_if(told_, [&](const auto& one) { return one.second < bucket_time(least); });
    return {};
  }

 private:
  struct Bucket {
    explicit Bucket(const sl_limit_debt& row) : key(row.key), is_shared(row.rooms == 0) {}
    bool operator<(const Bucket& other) const {
      const int order = std::memcmp(&key, &other.key, sizeof(key));
      return order != 0 ? order < 0 : is_shared < other.is_shared;
    }
    sl_limit_key key;
    bool is_shared;
  };

  bool is_told(const sl_limit_debt& row) const {
    const auto at = told_.find(Bucket(row));
    return at != told_.end() && at->second == row.full_at;
  }

  static void keep_longest(std::vector<sl_limit_debt>& rows) {
    if (rows.size() <= kMostDebtsAtOnce) return;
    std::ranges::nth_element(rows, rows.begin() + kMostDebtsAtOnce, std::greater{}, &sl_limit_debt::full_at);
    rows.resize(kMostDebtsAtOnce);
  }

  EngineEbpf& engine_;
  const uint64_t opened_;
  std::map<Bucket, uint64_t> told_;   // and when each was to be full
};

}   // namespace

Result<std::unique_ptr<DebtNews>> EngineEbpf::debt_news() {
  if (!tables_ || !rules_) return std::unique_ptr<DebtNews>();
  return std::make_unique<EbpfDebtNews>(*this);
}

Result<std::vector<sl_limit_debt>> EngineEbpf::read_debts(uint64_t least) {
  const Tables* tables = TRY(need_tables());
  std::vector<sl_limit_debt> rows;
  if (!rules_ || rules_->limits.empty()) return rows;
  std::map<uint32_t, uint32_t> rooms;   // by the number of the limit
  for (const sl_limit& limit : rules_->limits) {
    rooms.emplace(limit.passed, limit.rooms);
    const auto shared = TRY(tables->limit_shared.find(limit.passed));
    if (!shared || shared->bucket.full_at < least) continue;
    sl_limit_debt& row = rows.emplace_back();
    row.key.limit = limit.passed;
    row.full_at = shared->bucket.full_at;
  }
  TRY(tables->limit_buckets.for_each([&](const sl_limit_key& key, const sl_bucket& bucket) {
    const auto at = rooms.find(key.limit);
    if (bucket.full_at < least || at == rooms.end()) return;
    rows.push_back({.key = key, .full_at = bucket.full_at, .rooms = at->second, .zero = 0});
  }));
  return rows;
}

Result<std::optional<LimitDebt>> EngineEbpf::debt_of(const sl_limit_debt& row) {
  const Tables* tables = TRY(need_tables());
  const sl_limit* limit = rules_ ? find_limit(*rules_, row.key.limit) : nullptr;
  if (!limit) return std::nullopt;
  LimitDebt debt{.limit = row.key.limit, .whose = {}, .full = time_of_bucket(row.full_at)};
  if (row.rooms == 0) return debt;
  switch (limit->key) {
    case SL_KEY_VRF: debt.whose = OfVrf{static_cast<uint16_t>(row.key.address.w[3])}; break;
    case SL_KEY_ENDPOINT: debt.whose = OfEndpoint{row.key.address.w[3]}; break;
    case SL_KEY_FLOW: {
      const auto flow = TRY(flow_of(*tables, row.key));
      if (!flow) return std::nullopt;
      debt.whose = *flow;
      break;
    }
    default: debt.whose = address_of(row.key.address);
  }
  return debt;
}

namespace {

// Its key by the limit's own kind; none: the limit counts by something else.
struct KeyOfDebt {
  const Tables& tables;
  const sl_limit& limit;
  using Found = Result<std::optional<sl_limit_key>>;

  Found operator()(std::monostate) const { return key(); }
  Found operator()(const IpAddress& address) const {
    if (limit.key != SL_KEY_SOURCE && limit.key != SL_KEY_DESTINATION) return std::nullopt;
    return key(row_address(address));
  }
  Found operator()(OfVrf of) const {
    if (limit.key != SL_KEY_VRF) return std::nullopt;
    return key({{0, 0, 0, of.vrf}});
  }
  Found operator()(OfEndpoint of) const {
    if (limit.key != SL_KEY_ENDPOINT) return std::nullopt;
    return key({{0, 0, 0, of.object}});
  }
  Found operator()(const FlowKey& flow) const {
    if (limit.key != SL_KEY_FLOW) return std::nullopt;
    const sl_tuple original =
        tuple_of({flow.source, flow.destination, flow.source_port, flow.destination_port, 0, 0},
                 flow.protocol, flow.vrf);
    const auto row = TRY(find_flow(tables, original));
    if (!row || row->slot == 0 || row->flags & SL_FLOW_REPLY) return std::nullopt;
    return key_of_flow(limit.passed, row->slot, original);
  }

 private:
  sl_limit_key key(const sl_addr& address = {}) const {
    sl_limit_key made{};
    made.limit = limit.passed;
    made.address = address;
    return made;
  }
};

}   // namespace

Result<std::optional<sl_limit_debt>> EngineEbpf::debt_row(const LimitDebt& debt) {
  const Tables* tables = TRY(need_tables());
  const sl_limit* limit = rules_ ? find_limit(*rules_, debt.limit) : nullptr;
  if (!limit) return std::nullopt;
  const auto key = TRY(std::visit(KeyOfDebt{*tables, *limit}, debt.whose));
  if (!key) return std::nullopt;
  const bool is_shared = std::holds_alternative<std::monostate>(debt.whose);
  const uint64_t most = bucket_time(BucketClock::now()) + most_debt(*limit);
  return sl_limit_debt{.key = *key,
                       .full_at = std::min(bucket_time(debt.full), most),
                       .rooms = is_shared ? 0 : limit->rooms,
                       .zero = 0};
}

Result<> EngineEbpf::keep_debts(std::span<const LimitDebt> debts) {
  TRY(need_tables());
  std::vector<sl_limit_debt> rows;
  for (const LimitDebt& debt : debts)
    if (const auto row = TRY(debt_row(debt))) rows.push_back(*row);
  TRY(runner_->keep_debts(rows));
  return {};
}

}   // namespace sluice
