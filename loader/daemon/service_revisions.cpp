// SPDX-License-Identifier: GPL-2.0-or-later
// Revisions by command: confirmed, gone back to, listed, compared.
#include <fmt/format.h>

#include "config/compare.hpp"
#include "daemon/service.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;

json text_or_null(const std::string& text) { return text.empty() ? json() : json(text); }

std::string called(const Revision& revision) { return fmt::format("revision {}", revision.number); }

}   // namespace

// The one in force, as its apply had it.
Result<Revision> GatewayService::find(const RevisionName& revision) {
  if (revision) return gateway_.find_revision(*revision);
  if (!gateway_.current()) return fail(kNoDocument);
  Revision running = gateway_.current()->source;
  running.number = gateway_.revision();
  return running;
}

Result<json> GatewayService::document(const RevisionName& revision, bool resolved) {
  Revision source = TRY(find(revision));
  if (resolved)
    source.text = TRY(write_out_allotted(source.text, source.file, TRY(gateway_.resolve(source))));
  return json{{"revision", source.number},
              {"file", source.file},
              {"text", source.text},
              {"files", json(source.files)}};
}

ApiResult GatewayService::confirm(const RevisionChange& change) {
  if (cluster_->joined() && TRY(gateway_.confirmation())) {   // then it is in the cluster's hands
    TRY(cluster_->confirm());
    return json{{"revision", gateway_.revision()}, {"cluster", cluster_->status()}};
  }
  const int64_t revision = TRY(gateway_.confirm(change.who, change.why));
  after_apply_();
  return json{{"revision", revision}};
}

// An earlier document is a new one for the others. What waits is taken back here, which they hear of.
ApiResult GatewayService::roll_back_everywhere(const RevisionChange& change) {
  const int64_t number =
      change.revision ? change.revision : TRY(gateway_.revision_before(gateway_.revision()));
  Revision earlier = TRY(gateway_.find_revision(number));
  return apply({.file = std::move(earlier.file),
                .text = std::move(earlier.text),
                .who = change.who,
                .why = change.why.empty() ? fmt::format("rollback {}", number) : change.why,
                .files = std::move(earlier.files),
                .by_owner = true});   // whoever applied it was asked then
}

ApiResult GatewayService::roll_back(const RevisionChange& change) {
  if (cluster_->joined() && !TRY(gateway_.confirmation())) return roll_back_everywhere(change);
  const Applied applied = TRY(gateway_.roll_back(change.revision, change.who, change.why));
  return answer_of(applied, {});
}

Result<json> GatewayService::history(int64_t limit) {
  const auto waits = TRY(gateway_.confirmation());
  json rows = json::array();
  for (const Revision& one : TRY(gateway_.revisions(limit)))
    rows.push_back({{"rev", one.number},
                    {"when", one.time},
                    {"who", one.who},
                    {"why", one.why},
                    {"file", one.file},
                    {"result", to_string(one.result)},
                    {"result_when", text_or_null(one.verdict.time)},
                    {"result_who", text_or_null(one.verdict.who)},
                    {"result_why", text_or_null(one.verdict.why)},
                    {"in_force", one.number == gateway_.revision()},
                    {"pending", waits && waits->revision == one.number}});
  return json{{"history", std::move(rows)}};
}

Result<json> GatewayService::diff(const RevisionName& before, const RevisionName& after) {
  const Revision newer = TRY(find(after));
  RevisionName wanted = before;
  if (wanted == 0) wanted = TRY(gateway_.revision_before(newer.number));
  const Revision older = TRY(find(wanted));
  const auto difference = TRY(
      compare_documents({called(older), older.text, older.files}, {called(newer), newer.text, newer.files}));
  return json{{"a", older.number},
              {"b", newer.number},
              {"changes", difference.changes},
              {"text", difference.unified}};
}

}   // namespace sluice
