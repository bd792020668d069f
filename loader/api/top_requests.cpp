// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/top_requests.hpp"

#include <fmt/format.h>

#include "api/requests.hpp"
#include "api/target.hpp"
#include "base/number.hpp"

namespace sluice {
namespace {

constexpr size_t kLongestSort = 64;   // bytes

Result<std::string> read_short(const QueryFields& fields, std::string_view name, size_t longest) {
  const auto at = fields.find(name);
  if (at == fields.end()) return std::string();
  if (at->second.size() <= longest) return at->second;
  return fail(fmt::format("field \"{}\" has at most {} bytes", name, longest), ErrorKind::kUsage);
}

Result<size_t> read_rows(const QueryFields& fields) {
  const auto at = fields.find("rows");
  if (at == fields.end()) return kTopRows;
  const auto rows = whole_number<size_t>(at->second);
  if (rows && *rows >= 1 && *rows <= kTopMostRows) return *rows;
  return fail(fmt::format("field \"rows\" is a number from 1 to {}", kTopMostRows), ErrorKind::kUsage);
}

}   // namespace

Result<TopQuery> read_top_query(TopKind kind, std::string_view query) {
  constexpr std::string_view kFields[] = {"sort", "reverse", "filter", "rows"};
  const auto fields = TRY(parse_query(query, kFields));
  return TopQuery{.kind = kind,
                  .sort = TRY(read_short(fields, "sort", kLongestSort)),
                  .reverse = TRY(read_switch(fields, "reverse")),
                  .filter = TRY(read_short(fields, "filter", kTopLongestFilter)),
                  .rows = TRY(read_rows(fields))};
}

Result<FlowName> read_flow_query(const ApiRequest& request, std::string_view query) {
  constexpr std::string_view kFields[] = {"protocol", "source", "destination", "vrf"};
  const auto fields = TRY(parse_query(query, kFields));
  for (const std::string_view required : {"protocol", "source", "destination"})
    if (!fields.contains(required))
      return fail(fmt::format("field \"{}\" is missing", required), ErrorKind::kUsage);
  const auto vrf = fields.find("vrf");
  return FlowName{.protocol = fields.at("protocol"),
                  .source = fields.at("source"),
                  .destination = fields.at("destination"),
                  .vrf = vrf == fields.end() ? "" : vrf->second,
                  .who = request.who};
}

}   // namespace sluice
