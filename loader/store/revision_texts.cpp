// SPDX-License-Identifier: GPL-2.0-or-later
// Texts of revisions. One that was made of an earlier one by a few edits is kept as these, in a list of its
// own from a text that is kept whole: what a change of one place writes does not grow with the document.
#include "store/revision_texts.hpp"

namespace sluice {
namespace {

// Whoever wants the text makes all of them.
constexpr int64_t kMostEdits = 64;
constexpr size_t kMostEditBytes = 4096;

struct KeptEdit {
  int64_t base = 0;
  TextEdit edit;
};

// No place of a text is negative: one that a hand wrote is beyond the end.
KeptEdit read_edit(const SqlRow& row) {
  return {row.number(0),
          {static_cast<size_t>(row.number(1)), static_cast<size_t>(row.number(2)), row.text(3)}};
}

}   // namespace

// Nullopt: its text is kept whole.
Result<std::optional<int64_t>> Store::insert_edited(const Revision& revision, const EditOf& of) {
  const auto counts = TRY(
      database_.rows("SELECT count(*) FROM revision_edits WHERE revision = ?", first_number, {of.revision}));
  const int64_t edits = counts.empty() ? 0 : counts.front();
  const auto there =
      TRY(database_.rows("SELECT number FROM revisions WHERE number = ?", first_number, {of.revision}));
  if (there.empty() || edits >= kMostEdits || of.edit.inserted.size() > kMostEditBytes) return std::nullopt;
  const int64_t number = TRY(insert_row(revision, "", 0));
  TRY(
      database_.run("INSERT INTO revision_edits (revision, position, base, at, removed, inserted) "
                    "SELECT ?, position, base, at, removed, inserted FROM revision_edits WHERE revision = ?",
                    {number, of.revision}));
  TRY(database_.run(
      "INSERT INTO revision_edits (revision, position, base, at, removed, inserted) VALUES (?, ?, "
      "coalesce((SELECT base FROM revision_edits WHERE revision = ? AND position = 0), ?), ?, ?, ?)",
      {number, edits, of.revision, of.revision, static_cast<int64_t>(of.edit.at),
       static_cast<int64_t>(of.edit.removed), std::string_view(of.edit.inserted)}));
  return number;
}

Result<> add_text(Database& database, Revision& revision) {
  const auto edits = TRY(database.rows(
      "SELECT base, at, removed, inserted FROM revision_edits WHERE revision = ? ORDER BY position",
      read_edit, {revision.number}));
  if (edits.empty()) return {};
  const auto bases =
      TRY(database.rows("SELECT text FROM revisions WHERE number = ?", first_text, {edits.front().base}));
  if (bases.empty()) return {};
  std::string text = bases.front();
  for (const KeptEdit& kept : edits)
    if (!make_edit(text, kept.edit)) return {};
  revision.text = std::move(text);
  return {};
}

}   // namespace sluice
