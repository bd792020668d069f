// SPDX-License-Identifier: GPL-2.0-or-later
// The life of a revision: it is kept, confirmed, or taken back. Going back is an ordinary apply of an earlier
// one.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/text.hpp"
#include "gateway/gateway.hpp"

namespace sluice {
namespace {

RevisionVerdict verdict_now(const std::string& who, const std::string& why) {
  return {rfc3339(std::chrono::system_clock::now()), who, why};
}

// It was valid when it was applied, perhaps by an earlier release.
Result<Document> read_stored(const Revision& revision) {
  auto checked = check_document(revision.text, revision.file, {}, revision.files);
  if (checked) return std::move(checked->document);
  return fail(fmt::format("revision {} is no longer a valid document: {}", revision.number,
                          checked.error().front().text),
              ErrorKind::kInvalidDocument);
}

}   // namespace

// The deadline is on disk before anything is changed. What it would lead back to is known: an apply that
// could not be taken back is refused.
Result<Applied> Gateway::apply(Candidate candidate, const Terms& terms) {
  TRY(keep_store());
  if (!candidate.source.number) TRY(store_->keep_room());
  if (terms.confirm_within) {
    if (!current_ && (runs() || blocked_))
      return fail(
          "no revision is known that one which nobody confirms could be taken back to: apply without "
          "--confirm");
    const Confirmation planned = TRY(confirmation_for(*terms.confirm_within));
    TRY_TO("keep the deadline", store_->prepare_confirmation(planned));
  }
  const bool is_first = !current_ && !runs() && !blocked_ && !candidate.source.number;
  if (is_first) TRY_TO("keep a note that this is the first document", store_->begin_first());
  auto applied = put_in_force(candidate, terms);
  if (!applied) note_failure(candidate.source, applied.error());
  if (!applied && is_first) (void)store_->end_first();   // what it had done is undone
  return applied;
}

Result<Confirmation> Gateway::confirmation_for(std::chrono::seconds length) {
  const auto waits = TRY(store_->confirmation());
  return Confirmation{.revision = 0,
                      .settled = waits ? waits->settled : revision_,
                      .deadline = deadline_in(length, read_clocks())};
}

// What was in force still is, and still waits where it did. Where the store itself failed, that is told
// already.
void Gateway::note_failure(const Revision& source, const Error& error) {
  (void)store_->drop_prepared_confirmation();
  if (!source.number) (void)store_->append_failed(source, error.message);
}

Result<int64_t> Gateway::remember(const Candidate& candidate, const Allotments& allotments,
                                  const Terms& terms) {
  TRY(keep_store());
  if (candidate.restoring) return remember_restored(candidate, allotments, terms);
  TRY(store_->put_allotments(allotments));
  if (candidate.source.number) return remember_stored(candidate.source.number, terms);
  const auto waits = TRY(store_->confirmation());
  if (current_ && same_content(current_->source, candidate.source) && (waits || !terms.confirm_within))
    return remember_again(candidate.source, waits ? &*waits : nullptr, terms);
  if (!terms.confirm_within) return store_->append(candidate.source);
  const Confirmation confirmation = TRY(confirmation_for(*terms.confirm_within));
  return store_->append(candidate.source, confirmation);
}

Result<int64_t> Gateway::remember_stored(int64_t number, const Terms& terms) {
  if (terms.back)
    TRY(store_->go_back(number, *terms.back));
  else
    (void)store_->set_in_force(number);   // no room for that is no reason to run without it
  return number;
}

// The document that is in force already: what may be new is whether and until when it waits.
Result<int64_t> Gateway::remember_again(const Revision& source, const Confirmation* waits,
                                        const Terms& terms) {
  (void)store_->set_in_force(revision_);   // as above
  if (!waits) return revision_;
  const RevisionVerdict verdict = verdict_now(source.who, source.why.empty() ? "applied again" : source.why);
  if (waits->revision != revision_) {   // it could not be had when the machine started
    TRY(store_->go_back(revision_, verdict));
  } else if (!terms.confirm_within) {
    TRY(store_->confirm(verdict));
  } else {
    Confirmation later = *waits;
    later.deadline = deadline_in(*terms.confirm_within, read_clocks());
    TRY(store_->put_confirmation(later));
    TRY(store_->drop_prepared_confirmation());
  }
  return revision_;
}

Result<int64_t> Gateway::confirm(const std::string& who, const std::string& why) {
  TRY(keep_store());
  const auto waits = TRY(store_->confirmation());
  if (!waits) return fail("no revision waits to be confirmed");
  if (waits->revision != revision_)
    return fail(fmt::format("revision {} waits to be confirmed, and is not in force", waits->revision));
  TRY(store_->confirm(verdict_now(who, why)));
  forget_back_trouble();
  for (const std::string& why : refused_)
    std::erase(degraded_, why);   // of those that were to take its place
  refused_.clear();
  spdlog::info("revision {} is confirmed by {}", waits->revision, who);
  return waits->revision;
}

void Gateway::forget_back_trouble() {
  std::erase(degraded_, back_trouble_);
  back_trouble_.clear();
}

Result<Revision> Gateway::find_revision(int64_t number) {
  if (auto stored = TRY(store_->find(number))) return std::move(*stored);
  return fail(fmt::format("there is no revision {} (any more): `sluice history` lists them", number));
}

Result<int64_t> Gateway::revision_before(int64_t number) {
  if (const auto earlier = TRY(store_->before(number))) return earlier->number;
  return fail(number ? fmt::format("there is no revision before {}", number) : "there is no revision yet");
}

Result<int64_t> Gateway::revision_to_go_back_to() {
  if (const auto waits = TRY(store_->confirmation())) return waits->settled;
  if (revision_) return revision_before(revision_);
  const auto noted = TRY(store_->in_force());
  return revision_before(noted ? noted->number : 0);
}

Result<Applied> Gateway::roll_back(int64_t number, const std::string& who, const std::string& why) {
  TRY(keep_store());
  const int64_t to = number ? number : TRY(revision_to_go_back_to());
  Revision stored = TRY(find_revision(to));
  const auto waits = TRY(store_->confirmation());
  const int64_t from = waits ? waits->revision : revision_;
  if (waits && waits->revision == to)
    return fail(fmt::format("revision {} waits to be confirmed: `sluice confirm` keeps it", to));
  Document document = TRY(read_stored(stored));
  forget_back_trouble();
  const bool overdue =
      waits && time_left(waits->deadline, read_clocks()).count() <= 0;   // nobody asked for it
  const Terms terms{.confirm_within = {}, .back = verdict_now(who, why), .unattended = overdue};
  Applied applied = TRY_TO(
      fmt::format("go back to revision {}", to),
      apply({.document = std::move(document), .source = std::move(stored), .declared = {}, .degraded = {}},
            terms));
  spdlog::warn("revision {} is in force again instead of revision {} ({}: {})", to, from, who,
               why.empty() ? "no reason given" : why);
  return applied;
}

Result<std::optional<Applied>> Gateway::take_back_unconfirmed() {
  const auto waits = TRY(store_->confirmation());
  if (!waits || time_left(waits->deadline, read_clocks()).count() > 0) return std::nullopt;
  auto applied = roll_back(waits->settled, "sluiced",
                           fmt::format("not confirmed within {}", format_duration(waits->deadline.length)));
  if (applied) return std::move(*applied);
  back_trouble_ =
      fmt::format("revision {} was not confirmed within {}, and is still in force: {}", waits->revision,
                  format_duration(waits->deadline.length), applied.error().message);
  tell_degraded(degraded_);
  return std::unexpected(applied.error());
}

// An apply that was killed before its revision was stored left nothing to confirm. After a start of the
// machine its own clock counts what is left.
Result<> Gateway::take_up_confirmation() {
  if (TRY(store_->has_prepared_confirmation())) {
    spdlog::warn("an apply that was to be confirmed did not end: the revision of before goes on");
    TRY(store_->drop_prepared_confirmation());
  }
  auto waits = TRY(store_->confirmation());
  const Clocks now = read_clocks();
  if (!waits || waits->deadline.boot == now.boot) return {};
  waits->deadline = anchored(waits->deadline, now);
  return store_->put_confirmation(*waits);
}

Result<Document> Gateway::resolve(const Revision& revision) {
  Candidate candidate{.document = TRY(read_stored(revision)), .source = {}, .declared = {}, .degraded = {}};
  TRY(settle(candidate, false));
  return std::move(candidate.document);
}

}   // namespace sluice
