// SPDX-License-Identifier: GPL-2.0-or-later
// A backend that drains, or does so no more, among many: a revision like any other, whose cost does not grow
// with the document. What is not as simple as that is an ordinary apply.
#include <fmt/format.h>

#include "gateway/gateway.hpp"

namespace sluice {
namespace {

std::unexpected<Error> taken_back(const Error& cause) {
  return fail("the apply failed and the earlier state is back: " + cause.message, ErrorKind::kRolledBack);
}

// All but the text and its files.
void exchange_heads(Revision& one, Revision& other) {
  std::swap(one, other);
  std::swap(one.text, other.text);
  std::swap(one.files, other.files);
}

}   // namespace

struct Gateway::Drained {
  Sentences steps;
  DrainChange back;
};

// Whether the drain changes the rules in force by the turns of this service alone.
Result<bool> Gateway::drains_in_place(const DrainChange& change) {
  if (!current_ || !current_->declared || blocked_ || carries_ != EngineKind::kEbpf || !of(carries_).loaded())
    return false;
  return is_served(*current_->declared, change.service) && !TRY(store_->confirmation());
}

// Puts it into what was declared and into what is in force, and leads the service anew. None: that has to be
// done for all. Then, and after a failure, nothing has changed.
Result<std::optional<Gateway::Drained>> Gateway::lead_drained(const DrainChange& change) {
  const auto back = put_drain(*current_->declared, change);
  if (!back) return std::nullopt;
  Result<std::optional<std::vector<std::string>>> steps{std::nullopt};
  if (is_served(*current_->declared, change.service)) steps = lead_in_place({change.service});
  if (steps && *steps) {
    (void)say_drain(current_->document, change);
    return Drained{std::move(**steps), *back};
  }
  (void)put_drain(*current_->declared, *back);
  settle_in_place({change.service});
  if (!steps) return std::unexpected(steps.error());
  return std::nullopt;
}

// A revision of its own: the one that it is an edit of may have been confirmed, at another time by somebody
// else.
Result<int64_t> Gateway::remember_edit(const TextEdit& edit, const std::string& who, const std::string& why) {
  Revision& source = current_->source;
  const TextEdit back = TRY(make_edit(source.text, edit));
  Revision head{.who = who, .why = why, .file = source.file};
  exchange_heads(source, head);
  auto number = store_->append(source, EditOf{revision_, edit});
  if (number) return number;
  (void)make_edit(source.text, back);
  exchange_heads(source, head);
  return number;
}

Result<std::optional<Applied>> Gateway::drain(const DrainChange& change, const TextEdit& edit,
                                              const std::string& who, const std::string& why) {
  TRY(keep_store());
  if (!TRY(drains_in_place(change))) return std::nullopt;
  auto drained = lead_drained(change);
  if (!drained) return taken_back(drained.error());
  if (!*drained) return std::nullopt;
  const auto number = remember_edit(edit, who, why);
  if (!number) {
    (void)lead_drained((*drained)->back);
    return taken_back(number.error());
  }
  for (Document* document : {current_->declared.get(), &current_->document}) move_places(*document, edit);
  service_times_.note(*current_->declared, change.service);
  revision_ = *number;
  since_ = std::chrono::system_clock::now();
  ++current_->drains;
  keep_front(true);
  Applied applied{
      .revision = revision_, .steps = std::move((*drained)->steps), .notes = {}, .degraded = degraded_};
  for (std::string& trouble : front_.troubles()) applied.degraded.push_back(std::move(trouble));
  return applied;
}

}   // namespace sluice
