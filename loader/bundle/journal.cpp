// SPDX-License-Identifier: GPL-2.0-or-later
// What the journal has of the daemon and of its unit.
#include <fmt/format.h>
#include <systemd/sd-journal.h>

#include <chrono>

#include "base/text.hpp"
#include "bundle/known_secrets.hpp"
#include "bundle/parts.hpp"
#include "bundle/scrubber.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr std::chrono::hours kPast{24};
constexpr size_t kMostEntries = 20'000, kEntriesAtOnce = 256, kMostFieldBytes = 4096;
constexpr const char* kMatches[] = {"SYSLOG_IDENTIFIER=sluiced", "_SYSTEMD_UNIT=sluiced.service",
                                    "UNIT=sluiced.service"};

struct CloseJournal {
  void operator()(sd_journal* journal) const { sd_journal_close(journal); }
};
using Journal = std::unique_ptr<sd_journal, CloseJournal>;

std::unexpected<Error> fail_journal(int negative) { return fail_errno("read the journal", -negative); }

Result<Journal> open_journal() {
  sd_journal* opened = nullptr;
  const int flags = SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM;
  if (const int rc = sd_journal_open(&opened, flags); rc < 0) return fail_journal(rc);
  Journal journal(opened);
  for (const char* match : kMatches) {   // any of them
    if (const int rc = sd_journal_add_match(opened, match, 0); rc < 0) return fail_journal(rc);
    if (const int rc = sd_journal_add_disjunction(opened); rc < 0) return fail_journal(rc);
  }
  return journal;
}

// To the first of the entries that are told: of the last day, and of those the newest.
Result<> go_to_first(sd_journal* journal) {
  const auto begin = std::chrono::system_clock::now() - kPast;
  const auto earliest = static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(begin.time_since_epoch()).count());
  if (const int rc = sd_journal_seek_tail(journal); rc < 0) return fail_journal(rc);
  for (size_t i = 0; i < kMostEntries; ++i) {
    const int rc = sd_journal_previous(journal);
    if (rc < 0) return fail_journal(rc);
    if (rc == 0) return sd_journal_seek_head(journal) < 0 ? fail("go to the journal's head") : Result<>{};
    uint64_t time = 0;
    if (sd_journal_get_realtime_usec(journal, &time) == 0 && time < earliest) break;
  }
  return {};
}

// Fields of its own, and those of sluice; not what journald adds of the process.
bool is_told(std::string_view name) {
  return name == "MESSAGE" || name == "PRIORITY" || name == "SYSLOG_IDENTIFIER" || name == "_PID" ||
         name.starts_with("SLUICE_");
}

json row_of(sd_journal* journal, const Scrubber& scrubber) {
  json row = json::object();
  uint64_t time = 0;
  if (sd_journal_get_realtime_usec(journal, &time) == 0)
    row["time"] =
        rfc3339_milliseconds(std::chrono::system_clock::time_point(std::chrono::microseconds(time)));
  const void* data = nullptr;
  size_t size = 0;
  SD_JOURNAL_FOREACH_DATA(journal, data, size) {
    const std::string_view field(static_cast<const char*>(data), size);
    const std::string_view name = field.substr(0, field.find('='));
    if (name.size() == field.size() || !is_told(name)) continue;
    const std::string value = scrubber.scrub(field.substr(name.size() + 1, kMostFieldBytes));
    row[std::string(name)] = find_invalid_utf8(value) ? "(not text)" : value;
  }
  return row;
}

class JournalRows final : public RowReader {
 public:
  JournalRows(Journal journal, Scrubber scrubber)
      : journal_(std::move(journal)), scrubber_(std::move(scrubber)) {}

  Result<bool> next(std::vector<json>& rows) override {
    for (size_t i = 0; i < kEntriesAtOnce; ++i) {
      const int rc = sd_journal_next(journal_.get());
      if (rc < 0) return fail_journal(rc);
      if (rc == 0 || ++told_ > kMostEntries) return false;
      rows.push_back(row_of(journal_.get(), scrubber_));
    }
    return true;
  }

 private:
  Journal journal_;
  const Scrubber scrubber_;
  size_t told_ = 0;
};

}   // namespace

Result<std::unique_ptr<RowReader>> bundle_journal(Gateway& gateway) {
  Journal journal = TRY(open_journal());
  TRY(go_to_first(journal.get()));
  std::vector<Revision> revisions;
  if (gateway.current()) revisions.push_back(gateway.current()->source);
  return std::make_unique<JournalRows>(std::move(journal), scrubber_of(gateway, revisions));
}

}   // namespace sluice
