// SPDX-License-Identifier: GPL-2.0-or-later
// UTF-8 as in RFC 3629: no surrogates, no longer spelling than needed, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace sluice {

// Bytes of the character at `at`; 0: not valid.
size_t character_at(std::string_view text, size_t at);

// The first byte that is no part of a valid character.
std::optional<size_t> find_invalid_utf8(std::string_view text);

inline bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

}   // namespace sluice
