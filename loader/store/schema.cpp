// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace sluice {

namespace {

// AUTOINCREMENT: the number of a revision is never given twice. original_sysctls keeps the order in which
// settings were changed by its rowid.
constexpr char kCreateFirst[] = R"sql(
CREATE TABLE revisions (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  time TEXT NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL, file TEXT NOT NULL, text TEXT NOT NULL
) STRICT;
CREATE TABLE owned_addresses (
  link TEXT NOT NULL, address TEXT NOT NULL, PRIMARY KEY (link, address)
) STRICT, WITHOUT ROWID;
CREATE TABLE original_sysctls (
  position INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL UNIQUE, value TEXT NOT NULL
) STRICT;
CREATE TABLE notes (
  key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 1;
)sql";

// Numbers of devices mean something until the machine starts again: `boot` says since when.
constexpr char kAddLinks[] = R"sql(
CREATE TABLE owned_links (
  link TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, number INTEGER NOT NULL, boot TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE owned_members (
  link TEXT NOT NULL PRIMARY KEY, master TEXT NOT NULL
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 2;
)sql";

// Files that sets stand in: most revisions name the same ones, so that what is in them is kept once.
constexpr char kAddFiles[] = R"sql(
CREATE TABLE set_files (
  number INTEGER PRIMARY KEY, text TEXT NOT NULL
) STRICT;
CREATE TABLE revision_files (
  revision INTEGER NOT NULL, name TEXT NOT NULL, file INTEGER NOT NULL, PRIMARY KEY (revision, name)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 3;
)sql";

// Of two copies the one with more changes is newer. The triggers are made of these, see count_changes().
constexpr char kAddChanges[] = R"sql(
CREATE TABLE changes (number INTEGER NOT NULL) STRICT;
INSERT INTO changes (number) VALUES (0);
PRAGMA user_version = 4;
)sql";
// What networks and endpoints were given (network/allocate.hpp). `endpoint` empty: the network's own.
constexpr char kAddAllotments[] = R"sql(
CREATE TABLE allotments (
  network TEXT NOT NULL, endpoint TEXT NOT NULL, what TEXT NOT NULL, value TEXT NOT NULL, freed INTEGER NOT NULL,
  PRIMARY KEY (network, endpoint, what)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 5;
)sql";
// What became of revisions, and which one waits to be confirmed: `state` is "prepared" before its apply, and
// "armed" behind it.
constexpr char kAddResults[] = R"sql(
ALTER TABLE revisions ADD COLUMN result TEXT NOT NULL DEFAULT 'applied';
ALTER TABLE revisions ADD COLUMN result_time TEXT NOT NULL DEFAULT '';
ALTER TABLE revisions ADD COLUMN result_who TEXT NOT NULL DEFAULT '';
ALTER TABLE revisions ADD COLUMN result_why TEXT NOT NULL DEFAULT '';
CREATE TABLE confirmations (
  state TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL, settled INTEGER NOT NULL,
  boot TEXT NOT NULL, at INTEGER NOT NULL, wall INTEGER NOT NULL, length INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 6;
)sql";
// Revisions whose text is that of another one, `base`, with these edits one after the other (bytes).
constexpr char kAddEdits[] = R"sql(
CREATE TABLE revision_edits (
  revision INTEGER NOT NULL, position INTEGER NOT NULL, base INTEGER NOT NULL,
  at INTEGER NOT NULL, removed INTEGER NOT NULL, inserted TEXT NOT NULL, PRIMARY KEY (revision, position)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 7;
)sql";
// What becomes of a revision stands behind its text: who asks for that alone would read the texts of all. No
// format of its own, because each release keeps an index.
constexpr const char* kIndexResults =
    "CREATE INDEX IF NOT EXISTS revision_results ON revisions (result, number)";

constexpr const char* kCounted[] = {"revisions",   "owned_addresses", "original_sysctls", "notes",
                                    "owned_links", "owned_members",   "set_files",        "revision_files",
                                    "allotments",  "confirmations",   "revision_edits"};

// Each makes the next format of the one before it; the first makes one of nothing.
constexpr const char* kUpgrades[] = {kCreateFirst,   kAddLinks,   kAddFiles, kAddChanges,
                                     kAddAllotments, kAddResults, kAddEdits};
static_assert(kDatabaseVersion == std::size(kUpgrades), "the last of them writes this number");

Result<> check_soundness(Database& database) {
  const auto findings = TRY(database.rows("PRAGMA quick_check(1)", first_text));
  if (findings.size() == 1 && findings.front() == "ok") return {};
  return database.damaged(findings.empty() ? "its check says nothing" : findings.front());
}

Result<> count_changes(Database& database) {
  for (const char* table : kCounted)
    for (const char* change : {"INSERT", "UPDATE", "DELETE"})
      TRY(
          database.run(fmt::format("CREATE TRIGGER IF NOT EXISTS count_{0}_{1} AFTER {1} ON {0} "
                                   "BEGIN UPDATE changes SET number = number + 1; END",
                                   table, change)));
  return {};
}

Result<> upgrade(Database& database, int64_t version) {
  Transaction transaction = TRY(Transaction::begin(database));
  for (auto from = static_cast<size_t>(version); from < std::size(kUpgrades); ++from)
    TRY(database.run_script(kUpgrades[from]));
  TRY(count_changes(database));
  return transaction.commit();
}

}   // namespace

// Before anything is changed in it. Our first format had these tables already, and a new file has none.
Result<> refuse_foreign(Database& database) {
  const auto tables =
      database.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name", first_text);
  if (!tables) return std::unexpected(tables.error());
  const bool is_ours = std::ranges::find(*tables, "revisions") != tables->end() &&
                       std::ranges::find(*tables, "notes") != tables->end();
  if (tables->empty() || is_ours) return {};
  return database.damaged(
      fmt::format("another application wrote it: it has a table \"{}\"", tables->front()));
}

Result<> prepare_schema(Database& database) {
  const int64_t version = TRY(judge_schema(database));
  if (version != kDatabaseVersion) TRY(upgrade(database, version));
  (void)database.run(kIndexResults);   // where there is no room for it, all goes on more slowly
  return {};
}

Result<int64_t> judge_schema(Database& database) {
  TRY(refuse_foreign(database));
  TRY(check_soundness(database));
  const auto versions = TRY(database.rows("PRAGMA user_version", first_number));
  const int64_t version = versions.empty() ? 0 : versions.front();
  if (version >= 0 && version <= kDatabaseVersion) return version;
  return fail(fmt::format(
      "state database {} has format {}, and this release knows formats up to {}: start the release "
      "of sluiced that wrote it",
      database.file().string(), version, kDatabaseVersion));
}

Result<int64_t> changes_of(Database& database) {
  const auto numbers = TRY(database.rows("SELECT number FROM changes", first_number));
  return numbers.empty() ? 0 : numbers.front();
}

}   // namespace sluice
