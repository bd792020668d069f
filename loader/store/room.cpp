// SPDX-License-Identifier: GPL-2.0-or-later
// Room for what has to be written when the disk is full (docs/decisions/0049).
#include <fmt/format.h>

#include <system_error>

#include "store/database.hpp"

namespace sluice {
namespace {

// A deadline that passes, a boot and a cleanup write a few pages each. So much is made, and made again as
// soon as half of it is used.
constexpr int64_t kRoom = int64_t{512} * 1024, kLeastRoom = kRoom / 2;

// Of the table, and of SQLite's list of free pages.
constexpr int64_t kMorePages = 4;

}   // namespace

Result<int64_t> Database::setting(std::string_view pragma) {
  const auto values = TRY(rows(pragma, first_number));
  return values.empty() ? 0 : values.front();
}

Result<bool> Database::has_room() {
  if (TRY(setting("PRAGMA freelist_count")) * TRY(setting("PRAGMA page_size")) < kLeastRoom) return false;
  std::error_code error;
  const auto log = std::filesystem::file_size(file_.string() + "-wal", error);
  return !error && static_cast<int64_t>(log) >= kRoom;
}

// By SQLite itself: it would lose its locks if anybody else here closed the file.
Result<> Database::grow_by(int64_t pages) {
  const int64_t page = TRY(setting("PRAGMA page_size"));
  int64_t size = (TRY(setting("PRAGMA page_count")) + pages) * page;
  auto step = static_cast<int>(page);   // without one it takes no notice of the size
  sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_CHUNK_SIZE, &step);
  if (sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_SIZE_HINT, &size) == SQLITE_OK) return {};
  return fail(fmt::format("state database {}: keep room in it to go back later: database or disk is full",
                          file_.string()));
}

// The file grows first: what is committed in the log has its place in the file then.
Result<> Database::keep_room_here() {
  if (TRY(has_room())) return {};
  TRY(grow_by(kRoom / TRY(setting("PRAGMA page_size")) + kMorePages));
  TRY(run_here("CREATE TABLE IF NOT EXISTS room (filler BLOB)", {}));
  TRY(run_here("INSERT INTO room (filler) VALUES (zeroblob(?))", {kRoom}));
  return run_here("DROP TABLE room", {});
}

// A copy is written as long as that can be done.
Result<> Database::keep_room() {
  TRY(keep_room_here());
  if (copy_) (void)copy_->keep_room_here();
  return {};
}

}   // namespace sluice
