// SPDX-License-Identifier: GPL-2.0-or-later
#include "compile/common/prefix_translation.hpp"

#include <arpa/inet.h>

#include "compile/common/rows.hpp"

namespace sluice {
namespace {

using Bytes = std::array<uint8_t, 16>;

uint16_t word_of(const Bytes& bytes, size_t word) {
  return static_cast<uint16_t>(bytes[2 * word] << 8 | bytes[2 * word + 1]);
}

void put_word(Bytes& bytes, size_t word, uint16_t value) {
  bytes[2 * word] = static_cast<uint8_t>(value >> 8);
  bytes[2 * word + 1] = static_cast<uint8_t>(value);
}

uint16_t add_ones_complement(uint32_t a, uint32_t b) {
  const uint32_t sum = a + b;
  return static_cast<uint16_t>((sum & 0xffff) + (sum >> 16));
}

// The host bits of a prefix are zero, so they do not count.
uint16_t sum_of(const Prefix& prefix) {
  uint16_t sum = 0;
  for (size_t word = 0; word < 4; ++word)
    sum = add_ones_complement(sum, word_of(prefix.address.bytes(), word));
  return sum;
}

// A word that is 0xffff takes nothing: it would not come back. Longer prefixes have four to choose from, the
// others only the subnet. 8: none.
size_t find_word(const Bytes& bytes, size_t word) {
  const size_t end = word < 4 ? word + 1 : 8;
  while (word < end && word_of(bytes, word) == 0xffff) ++word;
  return word < end ? word : 8;
}

// The first `bits` of the one, the rest of the other.
void replace_prefix(Bytes& bytes, const Bytes& to, uint32_t bits) {
  for (uint32_t bit = 0; bit < bits; ++bit) {
    const uint8_t mask = 0x80 >> (bit % 8);
    bytes[bit / 8] = static_cast<uint8_t>((bytes[bit / 8] & ~mask) | (to[bit / 8] & mask));
  }
}

}   // namespace

// 0xffff and 0 are both zero; the row says 0.
uint16_t neutral_adjustment(const Prefix& from, const Prefix& to) {
  const uint16_t adjustment = add_ones_complement(sum_of(from), static_cast<uint16_t>(~sum_of(to)));
  return adjustment == 0xffff ? 0 : adjustment;
}

uint16_t neutral_word(uint8_t prefix_length) { return prefix_length <= 48 ? 3 : 4; }

std::optional<IpAddress> translated(const IpAddress& address, const sl_static& row) {
  Bytes bytes = address.bytes();
  const size_t word = row.word ? find_word(bytes, row.word) : 0;
  if (word == 8) return std::nullopt;
  replace_prefix(bytes, address_of(row.to).bytes(), row.length);
  if (word) {
    const uint16_t adjusted = add_ones_complement(word_of(bytes, word), ntohs(row.adjustment));
    put_word(bytes, word, adjusted == 0xffff ? 0 : adjusted);
  }
  return IpAddress::from_bytes(bytes);
}

}   // namespace sluice
