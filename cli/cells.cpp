// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/cells.hpp"

#include <chrono>

#include "base/text.hpp"
#include "cli/terminal_text.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

constexpr uint64_t kEndless = 1'000'000'000;   // seconds; no timer runs that long, so it is no duration

std::string dump(const json& value) { return value.dump(-1, ' ', true, json::error_handler_t::replace); }

std::string list_of(const json& list) {
  std::string out;
  for (const auto& part : list) out += (out.empty() ? "" : ",") + text_of(part);
  return out.empty() ? std::string(kNothing) : out;
}

}   // namespace

const json& member(const json& row, std::string_view key) {
  static const json kNull;
  if (!row.is_object()) return kNull;
  const auto found = row.find(std::string(key));
  return found == row.end() ? kNull : *found;
}

std::string text_of(const json& value) {
  if (value.is_null()) return std::string(kNothing);
  if (value.is_array()) return list_of(value);
  if (!value.is_string()) return dump(value);
  const auto& text = value.get_ref<const std::string&>();
  return text.empty() ? std::string(kNothing) : escape_for_terminal(text);
}

std::optional<uint64_t> natural(const json& value) {
  if (value.is_number_unsigned()) return value.get<uint64_t>();
  if (value.is_number_integer() && value.get<int64_t>() >= 0) return value.get<uint64_t>();
  return std::nullopt;
}

std::string count_of(const json& value, const Look& look) {
  const auto number = natural(value);
  return number && !look.wide ? format_count(*number) : text_of(value);
}

std::string bytes_of(const json& value, const Look& look) {
  const auto number = natural(value);
  return number && !look.wide ? format_bytes(*number) : text_of(value);
}

std::string text_at(const json& row, std::string_view key) { return text_of(member(row, key)); }

std::string count_at(const json& row, std::string_view key, const Look& look) {
  return count_of(member(row, key), look);
}

std::string bytes_at(const json& row, std::string_view key, const Look& look) {
  return bytes_of(member(row, key), look);
}

std::string seconds_at(const json& row, std::string_view key, const Look& look) {
  const auto& value = member(row, key);
  const auto number = natural(value);
  const bool readable = number && *number < kEndless && !look.wide;
  return readable ? format_duration(std::chrono::seconds(*number)) : text_of(value);
}

std::string endpoint_at(const json& row, std::string_view address, std::string_view port) {
  std::string host = text_at(row, address);
  const auto& number = member(row, port);
  if (number.is_null() || number == 0) return host;
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + text_of(number);
}

}   // namespace sluice::cli
