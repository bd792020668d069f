// SPDX-License-Identifier: GPL-2.0-or-later
#include <chrono>

#include "base/text.hpp"
#include "store/store.hpp"

namespace sluice {

namespace {

constexpr char kInForce[] = "in_force";

Revision read_revision(const SqlRow& row) {
  return {row.number(0), row.text(1), row.text(2), row.text(3), row.text(4), row.text(5), {}};
}

std::pair<std::string, std::string> read_named_text(const SqlRow& row) { return {row.text(0), row.text(1)}; }

}   // namespace

Result<std::optional<Revision>> Store::current() {
  auto newest = TRY(history(1));
  if (newest.empty()) return std::nullopt;
  return std::move(newest.front());
}

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

Result<int64_t> Store::append(const Revision& revision) {
  const std::string time = revision.time.empty() ? rfc3339(std::chrono::system_clock::now()) : revision.time;
  Transaction transaction = TRY(Transaction::begin(database_));
  TRY(database_.run("INSERT INTO revisions (time, who, why, file, text) VALUES (?, ?, ?, ?, ?)",
                    {time, revision.who, revision.why, revision.file, revision.text}));
  const int64_t number = database_.last_row_id();
  TRY(append_files(number, revision.files));
  TRY(set_in_force(number));
  TRY(transaction.commit());
  (void)database_.settle();   // it is stored, be it in the log only
  return number;
}

Result<std::vector<Revision>> Store::add_files(std::vector<Revision> revisions) {
  for (Revision& revision : revisions)
    for (auto& [name, text] : TRY(database_.rows(
             "SELECT name, text FROM revision_files JOIN set_files ON number = revision_files.file "
             "WHERE revision = ?",
             read_named_text, {revision.number})))
      revision.files.emplace(std::move(name), std::move(text));
  return revisions;
}

Result<std::vector<Revision>> Store::history(int limit) {
  return add_files(TRY(
      database_.rows("SELECT number, time, who, why, file, text FROM revisions ORDER BY number DESC LIMIT ?",
                     read_revision, {int64_t{limit}})));
}

// Releases that did not note it had the newest one in force, or none.
Result<std::optional<Revision>> Store::in_force() {
  const std::string number = TRY(note(kInForce)).value_or("");
  auto noted = TRY(add_files(
      TRY(database_.rows("SELECT number, time, who, why, file, text FROM revisions WHERE number = ?",
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
