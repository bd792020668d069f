// SPDX-License-Identifier: GPL-2.0-or-later
// Backups: the gateway as a text, and a text as the gateway. Sealing is the caller's
// (docs/decisions/0050-backups.md).
#include <fmt/format.h>

#include "base/text.hpp"
#include "daemon/service.hpp"
#include "gateway/restore.hpp"

namespace sluice {
namespace {

using nlohmann::json;

std::unexpected<Error> would_lose(const std::vector<std::string>& lost) {
  constexpr size_t kTold = 5;
  const std::vector<std::string> first(lost.begin(),
                                       lost.begin() + static_cast<ptrdiff_t>(std::min(lost.size(), kTold)));
  const std::string more = lost.size() > kTold ? fmt::format("; and {} more", lost.size() - kTold) : "";
  return fail(
      fmt::format("clients of this gateway rely on what the backup has not: {}{}; --replace gives it up",
                  join(first, "; "), more));
}

std::string reason_of(const Backup& backup, const std::string& why) {
  const std::string from = fmt::format("restored from backup of {} at {}", backup.host, backup.time);
  return why.empty() ? from : fmt::format("{}: {}", from, why);
}

// A device that sluice does not make has to be there; another name for it is what a restore forgets first.
Result<std::vector<std::string>> missing_devices(Gateway& gateway, const Document& document) {
  const Observed seen = TRY(gateway.observe());
  std::vector<std::string> warnings;
  for (const Interface& one : document.interfaces)
    if (std::holds_alternative<std::monostate>(one.made) && !seen.links.contains(one.name))
      warnings.push_back(fmt::format("this machine has no {} (--map {}=NAME says what is called so here)",
                                     one.name, one.name));
  return warnings;
}

std::vector<std::string> joined(std::vector<std::string> first, const std::vector<std::string>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// A backup as this machine would have it.
struct Prepared {
  Backup backup;
  Document document;
  std::vector<std::string> warnings, notes;
};

CheckResult check(const Revision& revision) {
  return check_document(revision.text, revision.file, {}, revision.files);
}

std::expected<Prepared, ApiError> prepare(const RestoreRequest& request, const KeyFiles& keys) {
  Prepared prepared;
  Backup& backup = prepared.backup;
  backup = TRY(parse_backup(request.backup));
  TRY(rename_devices(backup, TRY(parse_device_map(request.names))));
  auto checked = check(backup.in_force);
  if (!checked) return refuse(backup.in_force.file, checked.error());
  prepared.notes = TRY(take_in_key_files(backup, checked->document, keys));
  if (!prepared.notes.empty()) checked = check(backup.in_force);   // of another text
  if (!checked) return refuse(backup.in_force.file, checked.error());
  prepared.document = std::move(checked->document);
  prepared.warnings = std::move(checked->warnings);
  return prepared;
}

// What it was of the gateway that was backed up is told by its reason.
Revision source_of(const Backup& backup, const RestoreRequest& request) {
  Revision source;
  source.file = backup.in_force.file;
  source.text = backup.in_force.text;
  source.files = backup.in_force.files;
  source.who = request.who;
  source.why = reason_of(backup, request.why);
  return source;
}

}   // namespace

Result<json> GatewayService::backup() {
  const Backup backup = TRY(gateway_.backup());
  auto whole = TRY(text_of(backup));
  return json{{"host", backup.host},
              {"time", backup.time},
              {"revision", backup.in_force.number},
              {"revisions", backup.history.size() - whole.left_out},
              {"left_out", whole.left_out},
              {"backup", std::move(whole.text)}};
}

ApiResult GatewayService::restore(RestoreRequest request) {
  if (cluster_->joined() && !request.dry_run)
    return fail(
        "this gateway is a node of a cluster, whose document a restore would leave: `sluice cluster leave` "
        "first");
  Prepared prepared = TRY(prepare(request, gateway_.keys()));
  request.backup.clear();
  const Allotments here = TRY(gateway_.allotments());
  const auto lost = TRY(lost_by(prepared.backup, prepared.document, here, gateway_.keys()));
  if (!lost.empty() && !request.replace) return would_lose(lost);
  if (!lost.empty() && request.confirm_within)
    return fail("what --replace gives up cannot be taken back: restore without --confirm");

  const json from = {{"host", prepared.backup.host},
                     {"time", prepared.backup.time},
                     {"from_revision", prepared.backup.in_force.number}};
  const auto warnings = joined(TRY(missing_devices(gateway_, prepared.document)), prepared.warnings);
  Gateway::Candidate candidate{.document = std::move(prepared.document),
                               .source = source_of(prepared.backup, request),
                               .declared = {},
                               .degraded = {}};
  candidate.restoring = TRY(gateway_.restoring(std::move(prepared.backup), candidate.document));
  json answer = TRY(request.dry_run ? would_restore(candidate, prepared.notes, warnings)
                                    : restore_now(std::move(candidate), request, prepared.notes, warnings));
  answer.update(from);
  return answer;
}

ApiResult GatewayService::would_restore(const Gateway::Candidate& candidate,
                                        const std::vector<std::string>& notes,
                                        const std::vector<std::string>& warnings) {
  Plan plan = TRY(gateway_.preview(candidate.document, candidate.restoring));
  plan.notes = joined(std::move(plan.notes), notes);
  return answer_of_plan(plan, warnings);
}

ApiResult GatewayService::restore_now(Gateway::Candidate candidate, const RestoreRequest& request,
                                      const std::vector<std::string>& notes,
                                      const std::vector<std::string>& warnings) {
  Applied applied =
      TRY(gateway_.apply(std::move(candidate), {.confirm_within = request.confirm_within, .back = {}}));
  applied.notes = joined(std::move(applied.notes), notes);
  return answer_of(applied, warnings);
}

}   // namespace sluice
