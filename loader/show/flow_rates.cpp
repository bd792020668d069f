// SPDX-License-Identifier: GPL-2.0-or-later
#include "show/flow_rates.hpp"

#include <cstring>
#include <random>

#include "maps/flow.h"

namespace sluice {
namespace {

constexpr int kBucketBits = 16;
// A rate of a shorter time says little: the one before is told.
constexpr uint32_t kShortestMilliseconds = 500;

float since(uint64_t before, uint64_t now, float seconds) {
  return static_cast<float>(now - before) / seconds;
}

uint64_t packets_of(const FlowState& flow) { return flow.original.packets + flow.reply.packets; }

}   // namespace

FlowRates::FlowRates(size_t most) : most_(most) {
  std::random_device random;
  for (Secret* secret : {&high_, &low_})
    for (unsigned long long& word : *secret) word = uint64_t{random()} << 32 | random();
}

uint64_t FlowRates::hash_of(const FlowKey& key) const {
  std::array<uint32_t, 10> words{};
  std::memcpy(words.data(), key.source.bytes().data(), 16);
  std::memcpy(words.data() + 4, key.destination.bytes().data(), 16);
  words[8] = uint32_t{key.source_port} << 16 | key.destination_port;
  words[9] = uint32_t{key.vrf} << 16 | key.protocol;
  const auto part = [&](const Secret& secret) {
    return uint64_t{sl_flow_hash(secret.data(), words.data(), static_cast<int>(words.size()))};
  };
  return part(high_) << 32 | part(low_);
}

uint32_t FlowRates::milliseconds(Clock::time_point now) const {
  return static_cast<uint32_t>(std::chrono::floor<std::chrono::milliseconds>(now - start_).count());
}

void FlowRates::begin(Clock::time_point now) {
  buckets_.resize(size_t{1} << kBucketBits);
  since_before_ = is_complete_ ? std::chrono::duration<float>(now - begun_).count() : 0;
  is_complete_ = false;
  begun_ = now;
  ++look_;
}

// What began since the last look has carried all of it since then.
FlowRates::Row FlowRates::fresh(const FlowState& flow, uint64_t key, uint32_t at) const {
  Row row{.key = key,
          .there = flow.original.bytes,
          .back = flow.reply.bytes,
          .packets = packets_of(flow),
          .at = at,
          .look = look_,
          .rate = {},
          .is_known = since_before_ * 1000 >= kShortestMilliseconds};
  if (row.is_known)
    row.rate = {since(0, row.there, since_before_), since(0, row.back, since_before_),
                since(0, row.packets, since_before_)};
  return row;
}

void FlowRates::look_again(Row& row, const FlowState& flow, uint32_t at) const {
  row.look = look_;
  if (at - row.at < kShortestMilliseconds) return;
  const float seconds = static_cast<float>(at - row.at) / 1000;
  row.rate = {since(row.there, flow.original.bytes, seconds), since(row.back, flow.reply.bytes, seconds),
              since(row.packets, packets_of(flow), seconds)};
  row.is_known = true;
  row.there = flow.original.bytes;
  row.back = flow.reply.bytes;
  row.packets = packets_of(flow);
  row.at = at;
}

// One that was not seen in the look before is gone.
FlowRates::Row* FlowRates::place_for_another(std::vector<Row>& rows) {
  for (Row& row : rows)
    if (look_ - row.look > 1) return &row;
  if (rows_ >= most_) return nullptr;
  ++rows_;
  return &rows.emplace_back();
}

std::optional<FlowRate> FlowRates::note(const FlowState& flow, Clock::time_point now) {
  const uint64_t key = hash_of(key_of(flow));
  const uint32_t at = milliseconds(now);
  std::vector<Row>& rows = buckets_[key >> (64 - kBucketBits)];
  for (Row& row : rows) {
    if (row.key != key) continue;
    // With the same addresses and ports another one may have begun.
    const bool is_same =
        row.there <= flow.original.bytes && row.back <= flow.reply.bytes && row.packets <= packets_of(flow);
    if (is_same && look_ - row.look <= 1)
      look_again(row, flow, at);
    else
      row = fresh(flow, key, at);
    return row.is_known ? std::optional(row.rate) : std::nullopt;
  }
  Row* row = place_for_another(rows);
  if (!row) return std::nullopt;
  *row = fresh(flow, key, at);
  return row->is_known ? std::optional(row->rate) : std::nullopt;
}

void FlowRates::forget() {
  buckets_ = {};
  rows_ = 0;
  is_complete_ = false;
}

}   // namespace sluice
