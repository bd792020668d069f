// SPDX-License-Identifier: GPL-2.0-or-later
// Bytes as hexadecimal digits, two for each.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice {

// In lower case.
std::string hex_of(std::span<const uint8_t> bytes);
std::string hex_of(std::string_view bytes);
// In either case. Nothing: a digit is missing or is none.
std::optional<std::string> bytes_of_hex(std::string_view text);
// As many bytes as there is room for. False: they are more or fewer, or a digit is none.
bool read_hex(std::string_view text, std::span<uint8_t> bytes);

}   // namespace sluice
