// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace sluice {
namespace {

// What the first byte says: the length, and the range of the second byte (RFC 3629 section 4).
struct Lead {
  size_t length;
  unsigned char least, most;
};

Lead lead(unsigned char byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xc2 || byte > 0xf4) return {0, 0, 0};
  if (byte < 0xe0) return {2, 0x80, 0xbf};
  if (byte < 0xf0)
    return {3, static_cast<unsigned char>(byte == 0xe0 ? 0xa0 : 0x80),
            static_cast<unsigned char>(byte == 0xed ? 0x9f : 0xbf)};
  return {4, static_cast<unsigned char>(byte == 0xf0 ? 0x90 : 0x80),
          static_cast<unsigned char>(byte == 0xf4 ? 0x8f : 0xbf)};
}

// Eight bytes at a time: documents are ASCII but for a few comments.
size_t skip_ascii(std::string_view text, size_t at) {
  for (uint64_t word; at + sizeof(word) <= text.size(); at += sizeof(word)) {
    std::memcpy(&word, text.data() + at, sizeof(word));
    if (word & 0x8080808080808080) break;
  }
  return at;
}

}   // namespace

size_t character_at(std::string_view text, size_t at) {
  const auto [length, least, most] = lead(static_cast<unsigned char>(text[at]));
  if (length < 2) return length;
  if (at + length > text.size()) return 0;
  const auto second = static_cast<unsigned char>(text[at + 1]);
  if (second < least || second > most) return 0;
  for (size_t i = 2; i < length; ++i)
    if (!continues_character(text[at + i])) return 0;
  return length;
}

std::optional<size_t> find_invalid_utf8(std::string_view text) {
  for (size_t at = skip_ascii(text, 0); at < text.size(); at = skip_ascii(text, at)) {
    const size_t length = character_at(text, at);
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

}   // namespace sluice
