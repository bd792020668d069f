// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/state_folder.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "store/store.hpp"

namespace sluice {
namespace {

constexpr uint64_t kLeastRoom = 1 << 20;   // bytes: a document, its copy in the log, and what goes with it
constexpr char kStoreRow[] = "store",
               kStoreGain[] = "documents can be applied, and revisions outlive a restart";

}   // namespace

std::optional<ProbeRow> judge_state_disk(const std::filesystem::path& state) {
  struct statvfs disk {};
  if (::statvfs(state.c_str(), &disk) != 0) return std::nullopt;
  if (disk.f_flag & ST_RDONLY)
    return ProbeRow{kStoreRow,
                    ProbeState::kBad,
                    fmt::format("the disk of {} is read-only", state.string()),
                    "the kernel makes it so when the disk fails (`dmesg` says why), or it was mounted so",
                    fmt::format("make it writable (`mount -o remount,rw` on what `findmnt -T {}` shows), and "
                                "restart sluiced; what runs goes on meanwhile",
                                state.string()),
                    kStoreGain};
  const uint64_t room = uint64_t{disk.f_bfree} * disk.f_frsize;
  const bool tells_no_size = disk.f_blocks == 0;   // ramfs
  if (tells_no_size || (room >= kLeastRoom && (disk.f_files == 0 || disk.f_ffree > 0))) return std::nullopt;
  return ProbeRow{kStoreRow,
                  ProbeState::kWarning,
                  fmt::format("the disk of {} is full: {} KiB are free, and {} names for files",
                              state.string(), room >> 10, uint64_t{disk.f_ffree}),
                  "",
                  fmt::format("make room there (`df {0}`, `du -x {0}`); what runs goes on meanwhile, and an "
                              "apply may be refused",
                              state.string()),
                  kStoreGain};
}

std::optional<ProbeRow> judge_state_folder(const std::filesystem::path& state) {
  std::error_code error;
  if (!std::filesystem::exists(state, error))
    return error ? std::nullopt
                 : std::optional(ProbeRow{kStoreRow, ProbeState::kGood,
                                          fmt::format("nothing is stored in {} yet", state.string()), "", "",
                                          ""});
  if (::access(state.c_str(), R_OK | X_OK) != 0) return std::nullopt;   // root's, and others may not look
  if (auto row = judge_state_disk(state)) return row;
  const auto found = Store::examine(state, Store::copy_of(state));
  if (!found)
    return ProbeRow{kStoreRow,
                    ProbeState::kBad,
                    "sluiced cannot open its record",
                    found.error().message,
                    "do what the reason says, and start sluiced; what runs goes on meanwhile",
                    kStoreGain};
  if (found->empty())
    return ProbeRow{kStoreRow, ProbeState::kGood, fmt::format("{} can be opened", state.string()), "", "",
                    ""};
  return ProbeRow{kStoreRow,
                  ProbeState::kWarning,
                  *found,
                  "",
                  "start sluiced, which makes it anew; then find out what damaged it",
                  kStoreGain};
}

}   // namespace sluice
