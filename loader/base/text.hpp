// SPDX-License-Identifier: GPL-2.0-or-later
// Small text tools that several folders share.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

std::string join(std::span<const std::string> parts, std::string_view separator);
std::vector<std::string_view> split(std::string_view text, char separator);

// Without spaces, tabs and ends of lines around it.
std::string_view trimmed(std::string_view text);

// The candidate that is closest to a misspelt word, when it is close enough to be what was meant
// (restricted Damerau-Levenshtein distance of at most a third of the word's length).
std::optional<std::string> did_you_mean(std::string_view word, std::span<const std::string> candidates);

// "30s", "5m", "2h", "7440s"; a bare number is refused because its unit is not written.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::seconds duration);   // "2h 4m", "30s"

std::string format_count(uint64_t number);   // 12,345,678 becomes "12.3M"; below 10,000 as it is
std::string with_commas(uint64_t number);    // 12,345,678
std::string format_bytes(uint64_t bytes);    // binary units: "3.4 MiB"

// RFC 3339 in UTC with seconds: "2026-11-20T08:30:00Z".
std::string rfc3339(std::chrono::system_clock::time_point time);
// With milliseconds: what it is of may come and go within a second.
std::string rfc3339_milliseconds(std::chrono::system_clock::time_point time);

// Texts by name: the files that a document names, with what was in them.
using NamedTexts = std::map<std::string, std::string, std::less<>>;

// Bytes of the character at `at`; 0: not valid. UTF-8 as in RFC 3629: no surrogates, no longer spelling than
// needed, nothing above U+10FFFF.
size_t character_at(std::string_view text, size_t at);

// The first byte that is no part of a valid character.
std::optional<size_t> find_invalid_utf8(std::string_view text);

inline bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

}   // namespace sluice
