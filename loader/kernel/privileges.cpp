// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/privileges.hpp"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "kernel/sysctl/sysctl.hpp"

namespace sluice {
namespace {

constexpr size_t kSmallFile = 1 << 16;

std::string text_of(const char* path) { return read_file(path, kSmallFile).value_or(""); }

// CAP_SYS_ADMIN stands for the two that were split off from it in Linux 5.8.
std::string missing_capabilities() {
  const bool all = has_capability(CAP_SYS_ADMIN);
  std::vector<std::string> missing;
  if (!all && !has_capability(CAP_BPF)) missing.emplace_back("CAP_BPF");
  if (!all && !has_capability(CAP_PERFMON)) missing.emplace_back("CAP_PERFMON");
  if (!has_capability(CAP_NET_ADMIN)) missing.emplace_back("CAP_NET_ADMIN");
  return join(missing, " and ");
}

std::string about_unprivileged_bpf() {
  const auto setting = read_sysctl("kernel/unprivileged_bpf_disabled");
  if (!setting || !*setting || **setting == "0") return "";
  return fmt::format(", and kernel.unprivileged_bpf_disabled is {}", **setting);
}

}   // namespace

bool has_capability(int number) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[2]{};
  if (syscall(SYS_capget, &header, data) != 0) return false;
  return data[number / 32].effective & (1u << (number % 32));
}

bool lacks_verifier_privilege() { return !has_capability(CAP_PERFMON) && !has_capability(CAP_SYS_ADMIN); }

bool has_seccomp_filter() { return text_of("/proc/self/status").find("\nSeccomp:\t2") != std::string::npos; }

// The machine's own namespace maps every number to itself.
bool is_in_user_namespace() {
  unsigned inside = 0, outside = 0, count = 0;
  const std::string map = text_of("/proc/self/uid_map");
  if (std::sscanf(map.c_str(), "%u %u %u", &inside, &outside, &count) != 3) return false;
  return inside != 0 || outside != 0 || count != 4294967295u;
}

// "none [integrity] confidentiality": the mode in force stands in brackets.
std::string lockdown_mode() {
  const std::string modes = text_of("/sys/kernel/security/lockdown");
  const size_t begin = modes.find('['), end = modes.find(']');
  return begin == std::string::npos || end == std::string::npos ? ""
                                                                : modes.substr(begin + 1, end - begin - 1);
}

// From what is certain to what is likely: several may hold, and the first has to be put right anyway.
RefusalCause explain_bpf_refusal() {
  if (const std::string missing = missing_capabilities(); !missing.empty())
    return {
        fmt::format("this process lacks {}{}", missing, about_unprivileged_bpf()),
        "run as root, or give the service CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN (AmbientCapabilities= and "
        "CapabilityBoundingSet= in its unit)"};
  if (is_in_user_namespace())
    return {"this process has its privileges in a user namespace only",
            "run it outside of the container, or in a container that shares the machine's user namespace"};
  if (const std::string mode = lockdown_mode(); mode == "integrity" || mode == "confidentiality")
    return {fmt::format("the kernel is locked down ({})", mode),
            "boot without lockdown=, or without Secure Boot where the distribution ties the two together"};
  if (has_seccomp_filter())
    return {"this process runs under a seccomp filter, which most likely forbids it",
            "permit bpf() to the service (SystemCallFilter=bpf in its unit, or the container's profile)"};
  return {"a security module of the kernel forbids it", "look for the refusal in the audit log (dmesg)"};
}

}   // namespace sluice
