// SPDX-License-Identifier: GPL-2.0-or-later
#include "compile/ebpf/bit_classes.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/fnv.hpp"

namespace sluice {
namespace {

constexpr sl_policy_bits kFull{{~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull}};

bool same(const sl_policy_bits& a, const sl_policy_bits& b) { return std::memcmp(&a, &b, sizeof(a)) == 0; }

uint32_t summary_bit(uint32_t chunk) { return uint32_t{1} << chunk % SL_MAX_POLICY_CHUNKS; }

}   // namespace

// Class 1 has every bit of every chunk, policy or not. It has the first rows, which the packet path knows.
BitClasses::BitClasses(size_t policies)
    : chunks_(std::max<uint32_t>(1, static_cast<uint32_t>((policies + kBitsPerChunk - 1) / kBitsPerChunk))),
      stride_(std::bit_ceil(policies / 4 + 64)),
      rows_(chunks_, kFull),
      bits_(chunks_) {
  sl_policy_class all{SL_ROW_OF_ALL, 0};
  for (uint32_t chunk = 0; chunk < chunks_; ++chunk) all.chunks |= summary_bit(chunk);
  classes_ = {sl_policy_class{}, all};
  numbers_.reserve(policies);
}

void BitClasses::next_dimension() {
  rows_.resize((rows_.size() + stride_ - 1) / stride_ * stride_);
  numbers_.clear();
}

// More chunks than the summary has bits are of documents that only the nftables engine takes: nobody looks
// them up, but rows that leave out chunks would not tell two such documents apart.
bool BitClasses::is_sparse() const { return chunks_ <= SL_MAX_POLICY_CHUNKS; }

// Those that a class keeps, in the order of its rows.
template <class Each>
void BitClasses::for_each_chunk(uint32_t summary, Each each) const {
  for (uint32_t chunk = 0; chunk < chunks_; ++chunk)
    if (!is_sparse() || summary & summary_bit(chunk)) each(chunk);
}

bool BitClasses::is_class(uint32_t number, uint32_t summary) const {
  const auto [row, chunks] = classes_[number];
  if (chunks != summary) return false;
  uint32_t next = row;
  bool equal = true;
  for_each_chunk(summary, [&](uint32_t chunk) { equal &= same(rows_[next++], bits_[chunk]); });
  return equal;
}

// What bits_ has in the chunks of the summary.
uint32_t BitClasses::number_of(uint32_t summary) {
  uint64_t sum = kFnvStart + summary;
  for_each_chunk(summary, [&](uint32_t chunk) { sum = fnv_words(sum, &bits_[chunk], sizeof(bits_[chunk])); });
  const auto [first, last] = numbers_.equal_range(sum);
  for (auto at = first; at != last; ++at)
    if (is_class(at->second, summary)) return at->second;
  const auto number = static_cast<uint32_t>(classes_.size());
  numbers_.emplace(sum, number);
  classes_.push_back({static_cast<uint32_t>(rows_.size()), summary});
  for_each_chunk(summary, [&](uint32_t chunk) { rows_.push_back(bits_[chunk]); });
  return number;
}

uint32_t BitClasses::extend(uint32_t number, std::span<const uint32_t> policies) {
  if (policies.empty()) return number;
  auto [row, summary] = classes_[number];
  for_each_chunk(summary,
                 [&](uint32_t chunk) { bits_[chunk] = number == kNone ? sl_policy_bits{} : rows_[row++]; });
  for (const uint32_t policy : policies) {
    const uint32_t chunk = policy / kBitsPerChunk;
    if (is_sparse() && !(summary & summary_bit(chunk))) bits_[chunk] = {};
    summary |= summary_bit(chunk);
    bits_[chunk].word[policy % kBitsPerChunk / 64] |= uint64_t{1} << (policy % 64);
  }
  return number_of(summary);
}

}   // namespace sluice
