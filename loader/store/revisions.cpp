// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <chrono>

#include "base/text.hpp"
#include "store/revision_texts.hpp"

namespace sluice {

namespace {

constexpr char kInForce[] = "in_force", kFirst[] = "first_document";

// Before the first document: what a first one that nobody confirms is taken back to.
constexpr char kNothing[] = "{ \"version\": 1 }\n";

constexpr char kColumns[] = "number, time, who, why, file, text, result, result_time, result_who, result_why";
constexpr char kWithoutText[] =
    "number, time, who, why, file, '', result, result_time, result_who, result_why";
constexpr char kGood[] = "result IN ('applied', 'confirmed')";

constexpr std::pair<RevisionResult, std::string_view> kResultNames[] = {
    {RevisionResult::kApplied, "applied"},
    {RevisionResult::kConfirmed, "confirmed"},
    {RevisionResult::kRolledBack, "rolled-back"},
    {RevisionResult::kFailed, "failed"},
};

Revision read_revision(const SqlRow& row) {
  return {row.number(0),
          row.text(1),
          row.text(2),
          row.text(3),
          row.text(4),
          row.text(5),
          {},
          revision_result_called(row.text(6)),
          {row.text(7), row.text(8), row.text(9)}};
}

std::pair<std::string, std::string> read_named_text(const SqlRow& row) { return {row.text(0), row.text(1)}; }

std::string select_revisions(const char* columns, std::string_view rest) {
  return fmt::format("SELECT {} FROM revisions {}", columns, rest);
}

std::optional<Revision> first_revision(std::vector<Revision> revisions) {
  return revisions.empty() ? std::nullopt : std::optional(std::move(revisions.front()));
}

}   // namespace

std::string_view to_string(RevisionResult result) {
  for (const auto& [value, name] : kResultNames)
    if (value == result) return name;
  return "failed";
}

RevisionResult revision_result_called(std::string_view text) {
  for (const auto& [result, name] : kResultNames)
    if (name == text) return result;
  return RevisionResult::kFailed;   // of a hand that wrote into the file: never put in force by itself
}

Result<std::optional<Revision>> Store::current() { return first_revision(TRY(history(1))); }

// The number of the file with this text, of those that the newest revisions have.
Result<int64_t> Store::keep_file(const std::string& text) {
  const auto known = TRY(
      database_.rows("SELECT number FROM set_files WHERE number IN (SELECT file FROM revision_files WHERE "
                     "revision = (SELECT max(revision) FROM revision_files)) AND text = ?",
                     first_number, {text}));
  if (!known.empty()) return known.front();
  TRY(database_.run("INSERT INTO set_files (text) VALUES (?)", {text}));
  return database_.last_row_id();
}

// All are kept before any is named: until then the newest revision that names files is an earlier one.
Result<> Store::append_files(int64_t revision, const NamedTexts& files) {
  std::vector<std::pair<std::string_view, int64_t>> kept;
  for (const auto& [name, text] : files) kept.emplace_back(name, TRY(keep_file(text)));
  for (const auto& [name, number] : kept)
    TRY(database_.run("INSERT INTO revision_files (revision, name, file) VALUES (?, ?, ?)",
                      {revision, name, number}));
  return {};
}

Result<int64_t> Store::insert_row(const Revision& revision, std::string_view text, int64_t wanted) {
  const std::string time = revision.time.empty() ? rfc3339(std::chrono::system_clock::now()) : revision.time;
  const RevisionVerdict& verdict = revision.verdict;
  TRY(
      database_.run("INSERT INTO revisions (number, time, who, why, file, text, result, result_time, "
                    "result_who, result_why) VALUES (nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    {wanted, time, revision.who, revision.why, revision.file, text,
                     to_string(revision.result), verdict.time, verdict.who, verdict.why}));
  const int64_t number = database_.last_row_id();
  TRY(append_files(number, revision.files));
  return number;
}

Result<int64_t> Store::insert(const Revision& revision, int64_t wanted) {
  return insert_row(revision, revision.text, wanted);
}

Result<int64_t> Store::append_within(const Revision& revision,
                                     const std::optional<Confirmation>& confirmation) {
  TRY(drop_confirmation());
  std::optional<Confirmation> waits = confirmation;
  if (waits && !waits->settled)
    waits->settled = TRY(insert({.who = "sluiced",
                                 .why = "nothing, as before the first document",
                                 .file = "nothing",
                                 .text = kNothing}));
  const int64_t number = TRY(insert(revision));
  if (waits) {
    waits->revision = number;
    TRY(put_confirmation(*waits));
  }
  TRY(set_in_force(number));
  TRY(end_first());
  return number;
}

Result<int64_t> Store::append(const Revision& revision, const std::optional<Confirmation>& confirmation) {
  Transaction transaction = TRY(Transaction::begin(database_));
  const int64_t number = TRY(append_within(revision, confirmation));
  TRY(database_.keep_room());
  TRY(transaction.commit());
  (void)forget_old_revisions();   // those that are too many now are forgotten with the next one
  (void)database_.settle();       // it is stored, be it in the log only
  return number;
}

Result<int64_t> Store::append(const Revision& revision, const EditOf& of) {
  Transaction transaction = TRY(Transaction::begin(database_));
  TRY(drop_confirmation());
  const auto edited = TRY(insert_edited(revision, of));
  const int64_t number = edited ? *edited : TRY(insert(revision));
  TRY(set_in_force(number));
  TRY(database_.keep_room());
  TRY(transaction.commit());
  (void)forget_old_revisions();   // as above
  (void)database_.settle();
  return number;
}

Result<> Store::begin_first() { return note(kFirst, "begun"); }

Result<> Store::end_first() { return database_.run("DELETE FROM notes WHERE key = ?", {kFirst}); }

Result<bool> Store::is_first_begun() { return TRY(note(kFirst)).has_value(); }

Result<> Store::append_failed(const Revision& revision, std::string_view why) {
  Revision failed = revision;
  failed.result = RevisionResult::kFailed;
  failed.verdict = {rfc3339(std::chrono::system_clock::now()), "sluiced", std::string(why)};
  Transaction transaction = TRY(Transaction::begin(database_));
  TRY(insert(failed));
  TRY(database_.keep_room());
  TRY(transaction.commit());
  (void)forget_old_revisions();
  return {};
}

// So many good ones stay, and so many of the others: whoever tries again and again what fails loses no
// document that worked. What is in force stays, what it would be taken back to, and whose text others are
// edits of. The index alone is read
// for it: +number, because in the order of their numbers all texts would be read.
Result<> Store::forget_old_revisions() {
  Transaction transaction = TRY(Transaction::begin(database_));
  const std::string number = TRY(note(kInForce)).value_or("");
  for (const char* those : {"", "NOT "})
    TRY(database_.run(
        fmt::format("DELETE FROM revisions WHERE number IN (SELECT number FROM revisions WHERE {}{} "
                    "ORDER BY +number DESC LIMIT -1 OFFSET ?) AND number <> ? AND number NOT IN "
                    "(SELECT settled FROM confirmations) AND number NOT IN (SELECT base FROM revision_edits)",
                    those, kGood),
        {kept_, std::string_view(number)}));
  TRY(database_.run("DELETE FROM revision_edits WHERE revision NOT IN (SELECT number FROM revisions)"));
  TRY(database_.run("DELETE FROM revision_files WHERE revision NOT IN (SELECT number FROM revisions)"));
  TRY(database_.run("DELETE FROM set_files WHERE number NOT IN (SELECT file FROM revision_files)"));
  return transaction.commit();
}

Result<std::vector<Revision>> Store::add_contents(std::vector<Revision> revisions) {
  for (Revision& revision : revisions) {
    TRY(add_text(database_, revision));
    for (auto& [name, text] : TRY(database_.rows(
             "SELECT name, text FROM revision_files JOIN set_files ON number = revision_files.file "
             "WHERE revision = ?",
             read_named_text, {revision.number})))
      revision.files.emplace(std::move(name), std::move(text));
  }
  return revisions;
}

Result<std::vector<Revision>> Store::history(int limit) {
  return add_contents(TRY(
      database_.rows(select_revisions(kColumns, fmt::format("WHERE {} ORDER BY number DESC LIMIT ?", kGood)),
                     read_revision, {int64_t{limit}})));
}

Result<std::vector<Revision>> Store::list(int64_t limit) {
  return database_.rows(select_revisions(kWithoutText, "ORDER BY number DESC LIMIT ?"), read_revision,
                        {limit});
}

Result<std::optional<Revision>> Store::find(int64_t number) {
  return first_revision(TRY(add_contents(
      TRY(database_.rows(select_revisions(kColumns, "WHERE number = ?"), read_revision, {number})))));
}

Result<std::optional<Revision>> Store::before(int64_t number) {
  return first_revision(TRY(database_.rows(
      select_revisions(kWithoutText,
                       fmt::format("WHERE number < ? AND {} ORDER BY number DESC LIMIT 1", kGood)),
      read_revision, {number})));
}

// Releases that did not note it had the newest one in force, or none.
Result<std::optional<Revision>> Store::in_force() {
  const std::string number = TRY(note(kInForce)).value_or("");
  auto noted = TRY(add_contents(TRY(database_.rows(select_revisions(kColumns, "WHERE number = ?"),
                                                   read_revision, {std::string_view(number)}))));
  if (noted.empty()) return current();
  return std::move(noted.front());
}

Result<> Store::set_in_force(int64_t number) {
  const std::string wanted = std::to_string(number);
  if (TRY(note(kInForce)) == wanted) return {};
  return note(kInForce, wanted);
}

}   // namespace sluice
