// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/bit_classes.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/fnv.hpp"

namespace sluice {
namespace {

constexpr sl_policy_bits kFull{{~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull}};

bool is_empty(const sl_policy_bits& chunk) {
  return std::all_of(std::begin(chunk.word), std::end(chunk.word), [](uint64_t word) { return word == 0; });
}

bool same(const sl_policy_bits& a, const sl_policy_bits& b) { return std::memcmp(&a, &b, sizeof(a)) == 0; }

uint32_t summary_bit(uint32_t chunk) { return uint32_t{1} << chunk % SL_MAX_POLICY_CHUNKS; }

}   // namespace

// Class 1 has every bit of every chunk, policy or not. It has the first rows, which the packet path knows.
BitClasses::BitClasses(size_t policies)
    : chunks_(std::max<uint32_t>(1, static_cast<uint32_t>((policies + kBitsPerChunk - 1) / kBitsPerChunk))),
      stride_(std::bit_ceil(policies / 4 + 64)),
      rows_(chunks_, kFull),
      bits_(chunks_),
      other_(chunks_) {
  sl_policy_class all{SL_ROW_OF_ALL, 0};
  for (uint32_t chunk = 0; chunk < chunks_; ++chunk) all.chunks |= summary_bit(chunk);
  classes_ = {sl_policy_class{}, all};
  numbers_.emplace(fnv_words(bits_), kNone);
}

void BitClasses::next_dimension() {
  rows_.resize((rows_.size() + stride_ - 1) / stride_ * stride_);
  numbers_.clear();
  numbers_.emplace(fnv_words(Bits(chunks_)), kNone);
}

// More chunks than the summary has bits are of documents that only the nftables engine takes: nobody looks
// them up, but rows that leave out chunks would not tell two such documents apart.
bool BitClasses::keeps(const Bits& bits, uint32_t chunk) const {
  return chunks_ > SL_MAX_POLICY_CHUNKS || !is_empty(bits[chunk]);
}

void BitClasses::expand(uint32_t number, Bits& bits) const {
  const auto [row, summary] = classes_[number];
  const bool sparse = chunks_ <= SL_MAX_POLICY_CHUNKS;
  uint32_t next = row;
  for (uint32_t chunk = 0; chunk < chunks_; ++chunk) {
    const bool kept = number != kNone && (!sparse || summary & summary_bit(chunk));
    bits[chunk] = kept ? rows_[next++] : sl_policy_bits{};
  }
}

void BitClasses::append(const Bits& bits) {
  sl_policy_class made{static_cast<uint32_t>(rows_.size()), 0};
  for (uint32_t chunk = 0; chunk < chunks_; ++chunk) {
    if (!keeps(bits, chunk)) continue;
    made.chunks |= summary_bit(chunk);
    rows_.push_back(bits[chunk]);
  }
  classes_.push_back(made);
}

uint32_t BitClasses::number_of(const Bits& bits) {
  const uint64_t sum = fnv_words(bits);
  const auto [first, last] = numbers_.equal_range(sum);
  for (auto at = first; at != last; ++at) {
    expand(at->second, other_);
    if (std::equal(bits.begin(), bits.end(), other_.begin(), same)) return at->second;
  }
  const auto number = static_cast<uint32_t>(classes_.size());
  numbers_.emplace(sum, number);
  append(bits);
  return number;
}

uint32_t BitClasses::extend(uint32_t number, std::span<const uint32_t> policies) {
  if (policies.empty()) return number;
  expand(number, bits_);
  for (const uint32_t policy : policies)
    bits_[policy / kBitsPerChunk].word[policy % kBitsPerChunk / 64] |= uint64_t{1} << (policy % 64);
  return number_of(bits_);
}

}   // namespace sluice
