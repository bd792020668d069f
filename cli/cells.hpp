// SPDX-License-Identifier: GPL-2.0-or-later
// From a member of a JSON object to the text of a table's cell. The JSON came over a socket: a member that
// is missing, null or of another type is shown as what it is and never trusted.
#pragma once

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "cli/table.hpp"

namespace sluice::cli {

inline constexpr std::string_view kNothing = "-";   // missing, null or empty

// Strings escaped for the terminal, lists joined with commas.
std::string text_at(const nlohmann::json& row, std::string_view key);
std::string count_at(const nlohmann::json& row, std::string_view key, const Look& look);
std::string bytes_at(const nlohmann::json& row, std::string_view key, const Look& look);
std::string seconds_at(const nlohmann::json& row, std::string_view key, const Look& look);

// "192.0.2.1:80", "[2001:db8::1]:80"; the address alone where there is no port.
std::string endpoint_at(const nlohmann::json& row, std::string_view address, std::string_view port);

const nlohmann::json& member(const nlohmann::json& row, std::string_view key);   // null where it is missing
std::optional<uint64_t> natural(const nlohmann::json& value);   // nullopt: no number, negative or broken
std::string text_of(const nlohmann::json& value);
std::string count_of(const nlohmann::json& value, const Look& look);
std::string bytes_of(const nlohmann::json& value, const Look& look);

// A member's name as a template argument, so that a column is one line of a table.
template <size_t N>
struct Key {
  char text[N];
  constexpr Key(const char (&literal)[N]) { std::copy_n(literal, N, text); }
  constexpr std::string_view view() const { return {text, N - 1}; }
};

template <Key key>
std::string text(const nlohmann::json& row, const Look&) {
  return text_at(row, key.view());
}
template <Key key>
std::string count(const nlohmann::json& row, const Look& look) {
  return count_at(row, key.view(), look);
}
template <Key key>
std::string bytes(const nlohmann::json& row, const Look& look) {
  return bytes_at(row, key.view(), look);
}
template <Key key>
std::string seconds(const nlohmann::json& row, const Look& look) {
  return seconds_at(row, key.view(), look);
}
template <Key address, Key port>
std::string endpoint(const nlohmann::json& row, const Look&) {
  return endpoint_at(row, address.view(), port.view());
}

}   // namespace sluice::cli
