// SPDX-License-Identifier: GPL-2.0-or-later
// A gateway as a backup has it, and what is left to do once a restored one is in force.
#include "gateway/backup.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <limits>
#include <map>

#include "base/text.hpp"
#include "gateway/gateway.hpp"

namespace sluice {
namespace {

std::string host_name() {
  char name[256] = "";
  return ::gethostname(name, sizeof(name) - 1) == 0 ? name : "unknown";
}

// By the numbers of the engine here.
std::vector<ObjectCount> renumbered(std::vector<ObjectCount> counts, const std::vector<ObjectCount>& here) {
  std::map<std::pair<uint8_t, std::string>, uint32_t> numbers;
  for (const ObjectCount& one : here) numbers[{one.kind, one.name}] = one.number;
  for (ObjectCount& one : counts) one.number = numbers[{one.kind, one.name}];
  std::erase_if(counts, [](const ObjectCount& one) { return one.number == 0; });
  return counts;
}

Result<> add_counts(Engine& engine, const Restoring& restoring) {
  TRY(engine.set_object_counts(renumbered(restoring.objects, TRY(engine.objects()))));
  return engine.add_endpoint_counts(restoring.endpoints);
}

}   // namespace

Result<Backup> Gateway::backup() {
  TRY(keep_store());
  auto in_force = TRY(store_->in_force());
  if (!in_force) return fail("no document is in force yet: there is nothing to back up");
  auto checked = check_document(in_force->text, in_force->file, {}, in_force->files);
  if (!checked)
    return fail(fmt::format("revision {} is no longer a valid document, and would not be restored: {}",
                            in_force->number, checked.error().front().text),
                ErrorKind::kInvalidDocument);
  Backup backup;
  backup.host = host_name();
  backup.time = rfc3339(std::chrono::system_clock::now());
  for (const Revision& one : TRY(store_->list(std::numeric_limits<int64_t>::max())))
    if (auto whole = TRY(store_->find(one.number)))
      backup.history.insert(backup.history.begin(), std::move(*whole));
  backup.in_force = std::move(*in_force);
  backup.allotments = TRY(store_->allotments());
  backup.keys = TRY(keys().all(checked->document, backup.allotments));
  if (!engine().loaded()) return backup;
  backup.objects = TRY(engine().objects());
  backup.endpoints = TRY(engine().endpoints());
  return backup;
}

// A gateway that counts already goes on counting, and counts nothing twice.
Result<std::shared_ptr<const Restoring>> Gateway::restoring(Backup backup, const Document& document) {
  Restoring restoring = restoring_of(std::move(backup), document, TRY(store_->allotments()));
  if (TRY(store_->current())) {
    restoring.objects.clear();
    restoring.endpoints.clear();
  }
  return std::make_shared<const Restoring>(std::move(restoring));
}

// The keys are in force with the revision, in one transaction; their files follow.
Result<int64_t> Gateway::remember_restored(const Candidate& candidate, const Allotments& allotments,
                                           const Terms& terms) {
  RestoredState state = candidate.restoring->state;
  state.allotments = allotments;
  if (!candidate.restoring->keys->empty()) state.keys = text_of(*candidate.restoring->keys);
  std::optional<Confirmation> confirmation;
  if (terms.confirm_within) confirmation = TRY(confirmation_for(*terms.confirm_within));
  const int64_t number = TRY(store_->append_restored(candidate.source, state, confirmation));
  held_keys_ = candidate.restoring->keys;
  return number;
}

Result<> Gateway::write_restored_keys() {
  const std::string text = TRY(store_->restored_keys());
  if (!text.empty()) {
    const KeyTable table = TRY(parse_keys(text));
    held_keys_ = std::make_shared<const KeyTable>(table);
    TRY(keys_with({}).put(table));
    TRY(store_->drop_restored_keys());
  }
  held_keys_.reset();
  return {};
}

void Gateway::finish_restore(const Restoring& restoring, std::vector<std::string>& degraded) {
  if (const auto written = write_restored_keys(); !written)
    degraded.push_back("restored keys are in force, and not in their files yet: " + written.error().message);
  if (restoring.objects.empty() && restoring.endpoints.empty()) return;
  if (const auto added = add_counts(engine(), restoring); !added)
    degraded.push_back("what was counted before is not taken over: " + added.error().message);
}

}   // namespace sluice
