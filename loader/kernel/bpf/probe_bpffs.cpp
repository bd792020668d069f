// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/probe_bpffs.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/unique_fd.hpp"
#include "kernel/bpf/pins.hpp"

namespace sluice {
namespace {

constexpr std::string_view kBpffsGain =
    "tables that outlive the daemon, without which the eBPF engine is not run";

// A file system that is made and never mounted: gone with its descriptor.
int error_of_making_one() {
  const UniqueFd made(static_cast<int>(syscall(SYS_fsopen, "bpf", FSOPEN_CLOEXEC)));
  return made ? 0 : errno;
}

ProbeRow no_bpffs(const std::filesystem::path& pins) {
  const int error = error_of_making_one();
  ProbeRow row{"bpffs", ProbeState::kBad,       fmt::format("no BPF file system at {}", pins.string()), "",
               "",      std::string(kBpffsGain)};
  if (error == ENODEV) {
    row.reason = "this kernel has none";
    row.remedy = "use a kernel built with CONFIG_BPF_SYSCALL, as Debian's are";
    return row;
  }
  row.reason =
      error ? fmt::format("none is mounted, and mounting one would fail here: {}", std::strerror(error))
            : "none is mounted, and one can be mounted";
  row.remedy = "mount -t bpf bpf /sys/fs/bpf, or name a folder in one with --pins";
  return row;
}

}   // namespace

ProbeRow probe_bpffs(const std::filesystem::path& pins) {
  const std::filesystem::path there = nearest_existing(pins);
  if (!is_bpffs(there)) return no_bpffs(pins);
  if (faccessat(AT_FDCWD, there.c_str(), W_OK | X_OK, AT_EACCESS) == 0)
    return {"bpffs", ProbeState::kGood, fmt::format("{} is in a BPF file system", pins.string()), "", "", ""};
  return {"bpffs",
          ProbeState::kBad,
          fmt::format("write to {}: {}", there.string(), std::strerror(errno)),
          "the folder belongs to somebody else",
          "run as root, or give the folder to the service's user",
          std::string(kBpffsGain)};
}

}   // namespace sluice
