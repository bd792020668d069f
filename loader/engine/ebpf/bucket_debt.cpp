// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/bucket_debt.hpp"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "model/limit.hpp"

namespace sluice {

uint64_t bucket_time(BucketClock::time_point time) {
  const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch());
  return static_cast<uint64_t>(since.count()) << SL_LIMIT_TIME_SHIFT;
}

uint64_t most_debt(const sl_limit& limit) {
  const uint64_t largest = limit.flags & SL_LIMIT_BYTES ? kLargestPacket : 1;
  return std::max<uint64_t>(limit.burst, largest * limit.multiplier >> limit.shift);
}

namespace {

bool same_limit(const sl_limit& a, const sl_limit& b) { return std::memcmp(&a, &b, sizeof(a)) == 0; }

bool was_so(const sl_limit& limit, const std::vector<sl_limit>* before) {
  return before && std::ranges::any_of(*before, [&](const sl_limit& row) { return same_limit(row, limit); });
}

}   // namespace

// A bucket that owes is not removed meanwhile, and what is taken from it between reading and writing is less
// than what it is forgiven.
Result<> shorten_debts(Tables& tables, const std::vector<sl_limit>& limits,
                       const std::vector<sl_limit>* before) {
  std::unordered_map<uint32_t, uint64_t> latest;   // by the number of the limit: when it is full at last
  const uint64_t now = bucket_time(BucketClock::now());
  for (const sl_limit& limit : limits)
    if (!was_so(limit, before)) latest.emplace(limit.passed, now + most_debt(limit));
  if (latest.empty()) return {};
  std::vector<std::pair<sl_limit_key, sl_bucket>> late;
  TRY(tables.limit_buckets.for_each([&](const sl_limit_key& key, const sl_bucket& bucket) {
    if (const auto at = latest.find(key.limit); at != latest.end() && bucket.full_at > at->second)
      late.emplace_back(key, bucket);
  }));
  for (auto& [key, bucket] : late) {
    bucket.full_at = latest.at(key.limit);
    TRY(tables.limit_buckets.put(key, bucket, BPF_EXIST));
  }
  for (const auto& [number, most] : latest) {
    auto shared = TRY(tables.limit_shared.find(number));
    if (!shared || shared->bucket.full_at <= most) continue;
    shared->bucket.full_at = most;
    TRY(tables.limit_shared.put(number, *shared));
  }
  return {};
}

}   // namespace sluice
