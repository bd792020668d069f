// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/revision_requests.hpp"

#include <fmt/format.h>

#include <limits>

#include "api/body.hpp"
#include "api/requests.hpp"
#include "api/target.hpp"
#include "base/number.hpp"

namespace sluice {
namespace {

Result<int64_t> parse_positive(std::string_view field, std::string_view text) {
  if (const auto number = whole_number<int64_t>(text); number && *number > 0) return *number;
  return fail(fmt::format("field \"{}\" is not a number from 1", field), ErrorKind::kUsage);
}

// "running" is what no number is.
Result<RevisionName> parse_revision(const QueryFields& fields, std::string_view field,
                                    RevisionName otherwise) {
  const auto at = fields.find(field);
  if (at == fields.end()) return otherwise;
  if (at->second == "running") return RevisionName();
  if (const auto number = whole_number<int64_t>(at->second); number && *number > 0)
    return RevisionName(*number);
  return fail(fmt::format("field \"{}\" is the number of a revision, or running", field), ErrorKind::kUsage);
}

Result<RevisionChange> read_change(const ApiRequest& request, std::span<const std::string_view> known) {
  auto body = TRY(Body::parse(request.body, request.format));
  TRY(body.only(known));
  RevisionChange change;
  if (body.has("revision")) change.revision = TRY(parse_positive("revision", TRY(body.text("revision"))));
  change.who = author_of(request, TRY(body.line("who", "")));
  change.why = TRY(body.line("why", ""));
  return change;
}

}   // namespace

Result<> read_nothing(const ApiRequest& request) {
  return TRY(Body::parse(request.body, request.format)).only({});
}

Result<RestoreRequest> read_restore(const ApiRequest& request) {
  constexpr std::string_view kFields[] = {"backup", "map", "dry_run",        "replace",
                                          "who",    "why", "confirm_seconds"};
  auto body = TRY(Body::parse(request.body, request.format));
  TRY(body.only(kFields));
  RestoreRequest wanted;
  wanted.backup = TRY(body.text("backup"));
  wanted.names = TRY(body.lines("map"));
  wanted.dry_run = TRY(read_flag(body, "dry_run"));
  wanted.replace = TRY(read_flag(body, "replace"));
  wanted.confirm_within = TRY(read_confirm_seconds(body));
  wanted.who = author_of(request, TRY(body.line("who", "")));
  wanted.why = TRY(body.line("why", ""));
  return wanted;
}

Result<RevisionChange> read_reason(const ApiRequest& request) {
  constexpr std::string_view kFields[] = {"who", "why"};
  return read_change(request, kFields);
}

Result<RevisionChange> read_rollback(const ApiRequest& request) {
  constexpr std::string_view kFields[] = {"revision", "who", "why"};
  return read_change(request, kFields);
}

Result<DocumentQuery> read_document_query(std::string_view query) {
  if (query.empty()) return DocumentQuery{};
  constexpr std::string_view kFields[] = {"revision", "resolved"};
  const auto fields = TRY(parse_query(query, kFields));
  DocumentQuery wanted;
  wanted.revision = TRY(parse_revision(fields, "revision", {}));
  if (const auto at = fields.find("resolved"); at != fields.end()) {
    if (at->second != "0" && at->second != "1")
      return fail("field \"resolved\" is 0 or 1", ErrorKind::kUsage);
    wanted.resolved = at->second == "1";
  }
  return wanted;
}

Result<DiffQuery> read_diff_query(std::string_view query) {
  if (query.empty()) return DiffQuery{.before = 0, .after = {}};
  constexpr std::string_view kFields[] = {"a", "b"};
  const auto fields = TRY(parse_query(query, kFields));
  return DiffQuery{.before = TRY(parse_revision(fields, "a", 0)),
                   .after = TRY(parse_revision(fields, "b", {}))};
}

Result<int64_t> read_history_query(std::string_view query) {
  if (query.empty()) return std::numeric_limits<int64_t>::max();
  constexpr std::string_view kFields[] = {"limit"};
  const auto fields = TRY(parse_query(query, kFields));
  return parse_positive("limit", fields.at("limit"));
}

}   // namespace sluice
