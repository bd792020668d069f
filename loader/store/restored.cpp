// SPDX-License-Identifier: GPL-2.0-or-later
// What comes from a backup: all of it with the revision that it belongs to, or nothing.
#include "store/store.hpp"

namespace sluice {
namespace {

constexpr char kKeys[] = "restored_keys";

}   // namespace

// A machine whose applies all failed has numbers, and no history of its own: the others come behind those.
Result<int64_t> Store::append_restored(const Revision& revision, const RestoredState& state,
                                       const std::optional<Confirmation>& confirmation) {
  const bool is_first = !TRY(current());
  const auto newest = TRY(list(1));
  const int64_t used = newest.empty() ? 0 : newest.front().number;
  Transaction transaction = TRY(Transaction::begin(database_));
  if (is_first)
    for (const Revision& earlier : state.history) TRY(insert(earlier, used + earlier.number));
  const int64_t number = TRY(append_within(revision, confirmation));
  TRY(write_allotments(state.allotments));
  if (!state.keys.empty()) TRY(note(kKeys, state.keys));
  TRY(database_.keep_room());
  TRY(transaction.commit());
  (void)forget_old_revisions();   // as in append()
  (void)database_.settle();
  return number;
}

Result<std::string> Store::restored_keys() { return TRY(note(kKeys)).value_or(""); }

Result<> Store::drop_restored_keys() {
  TRY(database_.run("PRAGMA secure_delete = ON"));
  TRY(database_.run("DELETE FROM notes WHERE key = ?", {kKeys}));
  TRY(database_.settle(Database::Log::kEmptied));
  (void)keep_room();   // the log had some
  return {};
}

}   // namespace sluice
