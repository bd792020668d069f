// SPDX-License-Identifier: GPL-2.0-or-later
// The target of a request: its segments, and the query behind them.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sluice {

// One segment of a request's target (RFC 3986 section 2.1): what is not unreserved is %XX.

std::string encode_segment(std::string_view text);
std::optional<std::string> decode_segment(std::string_view text);   // nullopt: a broken %XX, a '/', or empty

// What follows the '?' of a request's target: NAME=VALUE with '&' between them, each byte as it is or as %XX.

using QueryFields = std::map<std::string, std::string, std::less<>>;

// kUsage when a field is broken, empty, given twice or none of these.
Result<QueryFields> parse_query(std::string_view query, std::span<const std::string_view> known);
std::string encode_query(const QueryFields& fields);   // "a=1&b=2"

}   // namespace sluice
