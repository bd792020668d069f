// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/probe.hpp"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <future>

#include "base/unique_fd.hpp"
#include "kernel/bpf/attach_tc.hpp"
#include "kernel/bpf/libbpf_log.hpp"
#include "kernel/bpf/pins.hpp"
#include "kernel/bpf/probe_programs.hpp"
#include "kernel/netlink/tc.hpp"
#include "kernel/privileges.hpp"
#include "kernel/sysctl/sysctl.hpp"

namespace sluice {

namespace {

constexpr std::string_view kBpfGain =
    "eBPF carries the traffic, with less work for each packet than nftables";

bool has_btf() { return access("/sys/kernel/btf/vmlinux", R_OK) == 0; }

RefusalCause cause_of(const Attempt& attempt) {
  if (attempt.error == EPERM) return explain_bpf_refusal();
  const bool refused_by_verifier =
      attempt.error == EACCES || attempt.error == EFAULT;   // EFAULT: too complex
  if (refused_by_verifier && lacks_verifier_privilege())
    return {fmt::format("without CAP_PERFMON the verifier wants more than it can see ({})", attempt.words),
            explain_bpf_refusal().remedy};
  if (attempt.error == ENOSYS)
    return {"this kernel has no bpf()", "use a kernel built with CONFIG_BPF_SYSCALL, as Debian's are"};
  if (attempt.error == ENOMEM) return {attempt.words, "free some memory, or raise LimitMEMLOCK= of the unit"};
  if (!has_btf())
    return {"the kernel does not describe its types (/sys/kernel/btf/vmlinux)",
            "use a kernel built with CONFIG_DEBUG_INFO_BTF, as Debian's are"};
  return {attempt.words, "use Linux 5.15 or newer"};
}

ProbeRow row_of(std::string name, std::string_view tried, const Attempt& attempt) {
  if (!attempt.error) return {std::move(name), ProbeState::kGood, fmt::format("{}: done", tried), "", "", ""};
  const RefusalCause why = cause_of(attempt);
  return {std::move(name), ProbeState::kBad, fmt::format("{}: {}", tried, std::strerror(attempt.error)),
          why.reason,      why.remedy,       std::string(kBpfGain)};
}

ProbeRow probe_syscall() {
  const int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "sluice_probe", 4, 4, 1, nullptr);
  const UniqueFd map(fd);
  return row_of("bpf", "create a BPF map", {fd < 0 ? -fd : 0, ""});
}

ProbeRow probe_btf() {
  if (has_btf()) return {"btf", ProbeState::kGood, "the kernel describes its types", "", "", ""};
  return {"btf",
          ProbeState::kWarning,
          "/sys/kernel/btf/vmlinux is missing",
          "",
          "use a kernel built with CONFIG_DEBUG_INFO_BTF, as Debian's are",
          "tables that bpftool prints with names, and several XDP programs on one device"};
}

// tc is complete without it, so this refuses the engine nothing.
ProbeRow row_of_xdp(const Attempt& attempt) {
  ProbeRow row = row_of("xdp-program", "load the XDP program", attempt);
  if (row.state == ProbeState::kBad) row.state = ProbeState::kWarning;
  if (row.state == ProbeState::kWarning) row.gain = "XDP, which carries more than tc where the driver can";
  return row;
}

// Side by side, because the verifier takes its time with each object.
std::vector<ProbeRow> probe_programs() {
  auto xdp = std::async(std::launch::async, try_xdp_program);
  const TcAttempts tc = try_tc_programs();
  std::vector<ProbeRow> rows{row_of("tc-programs", "load the tc programs", tc.load)};
  if (!tc.load.error)
    rows.push_back(row_of("test-run", "run a program without a packet (BPF_PROG_TEST_RUN)", tc.run));
  rows.push_back(row_of_xdp(xdp.get()));
  rows.push_back(probe_text());
  return rows;
}

// tcx asks for the same privilege, and does without what filters need of the kernel.
ProbeRow probe_tc() {
  if (!has_tcx()) return probe_tc_change();
  return {"tc-hook", ProbeState::kGood, "programs can be attached to devices themselves (tcx)", "", "", ""};
}

// Kernels that always compile have no such setting.
ProbeRow probe_jit() {
  const auto setting = read_sysctl("net/core/bpf_jit_enable");
  if (!setting || !*setting || **setting != "0")
    return {"jit", ProbeState::kGood, "BPF programs are compiled", "", "", ""};
  return {"jit",
          ProbeState::kWarning,
          "BPF programs are interpreted",
          "net.core.bpf_jit_enable is 0",
          "sysctl -w net.core.bpf_jit_enable=1",
          "several times the packets with the same processor"};
}

}   // namespace

Probe probe_ebpf(const std::filesystem::path& pins, ProbeDepth depth) {
  Probe probe{{probe_syscall(), probe_btf(), probe_bpffs(pins), probe_tc()}};
  if (depth == ProbeDepth::kWithoutPrograms) return probe;
  if (depth == ProbeDepth::kUntilRefused && !probe.usable()) return probe;
  for (ProbeRow& row : probe_programs()) probe.rows.push_back(std::move(row));
  probe.rows.push_back(probe_tables());
  probe.rows.push_back(probe_syn_cookies());
  probe.rows.push_back(probe_jit());
  return probe;
}

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
