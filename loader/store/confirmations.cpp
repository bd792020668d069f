// SPDX-License-Identifier: GPL-2.0-or-later
// Revisions that wait to be confirmed, and those that are taken back.
#include <fmt/format.h>

#include "store/store.hpp"

namespace sluice {
namespace {

constexpr char kPrepared[] = "prepared", kArmed[] = "armed";
constexpr char kNewerOnes[] = "number > ? AND result IN ('applied', 'confirmed')";

Confirmation read_confirmation(const SqlRow& row) {
  using std::chrono::milliseconds;
  return {row.number(0), row.number(1),
          Deadline{row.text(2), milliseconds(row.number(3)), milliseconds(row.number(4)),
                   std::chrono::seconds(row.number(5))}};
}

Result<> write_confirmation(Database& database, const char* state, const Confirmation& confirmation) {
  const Deadline& deadline = confirmation.deadline;
  return database.run(
      "INSERT OR REPLACE INTO confirmations (state, revision, settled, boot, at, wall, length) "
      "VALUES (?, ?, ?, ?, ?, ?, ?)",
      {state, confirmation.revision, confirmation.settled, deadline.boot, int64_t{deadline.at.count()},
       int64_t{deadline.wall.count()}, int64_t{deadline.length.count()}});
}

Result<std::vector<Confirmation>> confirmations_in(Database& database, const char* state) {
  return database.rows("SELECT revision, settled, boot, at, wall, length FROM confirmations WHERE state = ?",
                       read_confirmation, {state});
}

// Of those that `which` chooses by a number.
Result<> set_result(Database& database, RevisionResult result, const RevisionVerdict& verdict,
                    std::string_view which, int64_t number) {
  return database.run(
      fmt::format("UPDATE revisions SET result = ?, result_time = ?, result_who = ?, result_why = ? WHERE {}",
                  which),
      {to_string(result), verdict.time, verdict.who, verdict.why, number});
}

}   // namespace

Result<> Store::prepare_confirmation(const Confirmation& confirmation) {
  TRY(keep_room());
  return write_confirmation(database_, kPrepared, confirmation);
}

Result<> Store::drop_prepared_confirmation() {
  if (!TRY(has_prepared_confirmation())) return {};
  return database_.run("DELETE FROM confirmations WHERE state = ?", {kPrepared});
}

Result<bool> Store::has_prepared_confirmation() {
  return !TRY(confirmations_in(database_, kPrepared)).empty();
}

Result<std::optional<Confirmation>> Store::confirmation() {
  const auto armed = TRY(confirmations_in(database_, kArmed));
  return armed.empty() ? std::nullopt : std::optional(armed.front());
}

Result<> Store::put_confirmation(const Confirmation& confirmation) {
  return write_confirmation(database_, kArmed, confirmation);
}

Result<> Store::drop_confirmation() { return database_.run("DELETE FROM confirmations"); }

Result<> Store::confirm(const RevisionVerdict& verdict) {
  const auto waits = TRY(confirmation());
  if (!waits) return {};
  (void)database_.settle();   // as in go_back()
  Transaction transaction = TRY(Transaction::begin(database_));
  TRY(set_result(database_, RevisionResult::kConfirmed, verdict, "number = ?", waits->revision));
  TRY(drop_confirmation());
  return transaction.commit();
}

// Each of those that are rolled back is written anew, with its text. On a full disk the log has room for one.
Result<> Store::go_back(int64_t number, const RevisionVerdict& verdict) {
  (void)database_.settle();
  if (go_back_at_once(number, verdict)) return {};
  const auto newer_ones = TRY(
      database_.rows(fmt::format("SELECT number FROM revisions WHERE {} ORDER BY number DESC", kNewerOnes),
                     first_number, {number}));
  for (const int64_t newer : newer_ones) {
    TRY(set_result(database_, RevisionResult::kRolledBack, verdict, "number = ?", newer));
    (void)database_.settle();
  }
  return go_back_at_once(number, verdict);
}

Result<> Store::go_back_at_once(int64_t number, const RevisionVerdict& verdict) {
  Transaction transaction = TRY(Transaction::begin(database_));
  TRY(set_result(database_, RevisionResult::kRolledBack, verdict, kNewerOnes, number));
  // One that failed, or was taken back itself, is good now.
  TRY(set_result(database_, RevisionResult::kApplied, verdict,
                 "number = ? AND result IN ('rolled-back', 'failed')", number));
  TRY(drop_confirmation());
  TRY(set_in_force(number));
  return transaction.commit();
}

}   // namespace sluice
