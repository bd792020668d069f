// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/query.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/target.hpp"
#include "base/text.hpp"

namespace sluice {

Result<QueryFields> parse_query(std::string_view query, std::span<const std::string_view> known) {
  QueryFields fields;
  if (query.empty()) return fields;
  for (const std::string_view part : split(query, '&')) {
    const size_t equals = part.find('=');
    const std::string name(part.substr(0, equals));
    if (std::ranges::find(known, name) == known.end())
      return fail(fmt::format("there is no field \"{}\"", name), ErrorKind::kUsage);
    const auto value =
        equals == std::string_view::npos ? std::nullopt : decode_segment(part.substr(equals + 1));
    if (!value) return fail(fmt::format("field \"{}\" is empty or broken", name), ErrorKind::kUsage);
    if (!fields.emplace(name, *value).second)
      return fail(fmt::format("field \"{}\" is given twice", name), ErrorKind::kUsage);
  }
  return fields;
}

std::string encode_query(const QueryFields& fields) {
  std::string text;
  for (const auto& [name, value] : fields)
    text += fmt::format("{}{}={}", text.empty() ? "" : "&", encode_segment(name), encode_segment(value));
  return text;
}

}   // namespace sluice
