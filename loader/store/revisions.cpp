// SPDX-License-Identifier: GPL-2.0-or-later
#include <chrono>

#include "base/text.hpp"
#include "store/store.hpp"

namespace sluice {

namespace {

Revision read_revision(const SqlRow& row) {
  return {row.number(0), row.text(1), row.text(2), row.text(3), row.text(4), row.text(5)};
}

}   // namespace

Result<std::optional<Revision>> Store::current() {
  auto newest = TRY(history(1));
  if (newest.empty()) return std::nullopt;
  return std::move(newest.front());
}

Result<int64_t> Store::append(const Revision& revision) {
  const std::string time = revision.time.empty() ? rfc3339(std::chrono::system_clock::now()) : revision.time;
  TRY(database_.run("INSERT INTO revisions (time, who, why, file, text) VALUES (?, ?, ?, ?, ?)",
                    {time, revision.who, revision.why, revision.file, revision.text}));
  return database_.last_row_id();
}

Result<std::vector<Revision>> Store::history(int limit) {
  return database_.rows(
      "SELECT number, time, who, why, file, text FROM revisions ORDER BY number DESC LIMIT ?", read_revision,
      {int64_t{limit}});
}

}   // namespace sluice
