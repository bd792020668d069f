// SPDX-License-Identifier: GPL-2.0-or-later
// What follows the '?' of a request's target: NAME=VALUE with '&' between them, each byte as it is or as %XX.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sluice {

using QueryFields = std::map<std::string, std::string, std::less<>>;

// kUsage when a field is broken, empty, given twice or none of these.
Result<QueryFields> parse_query(std::string_view query, std::span<const std::string_view> known);
std::string encode_query(const QueryFields& fields);   // "a=1&b=2"

}   // namespace sluice
