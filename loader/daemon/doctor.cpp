// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/doctor.hpp"

#include <fmt/format.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "daemon/show.hpp"
#include "plan/planned_links.hpp"

namespace sluice {
namespace {

using nlohmann::json;

json check(std::string_view name, bool good, std::string_view finding, std::string_view remedy = "") {
  return {
      {"name", name}, {"state", good ? "ok" : "bad"}, {"finding", finding}, {"remedy", good ? "" : remedy}};
}

json check_kernel() {
  utsname system{};
  uname(&system);
  int major = 0, minor = 0;
  std::sscanf(system.release, "%d.%d", &major, &minor);
  return check("kernel", major > 5 || (major == 5 && minor >= 15), fmt::format("Linux {}", system.release),
               "Linux 5.15 or newer is needed");
}

json check_btf() {
  const bool there = access("/sys/kernel/btf/vmlinux", R_OK) == 0;
  return check("btf", there, there ? "the kernel describes its types" : "/sys/kernel/btf/vmlinux is missing",
               "use a kernel built with CONFIG_DEBUG_INFO_BTF, as Debian's are");
}

json check_bpffs() {
  struct statfs info {};
  const bool there = statfs("/sys/fs/bpf", &info) == 0 && info.f_type == BPF_FS_MAGIC;
  return check("bpffs", there, there ? "mounted at /sys/fs/bpf" : "no BPF file system at /sys/fs/bpf",
               "mount -t bpf bpf /sys/fs/bpf");
}

bool has_capability(int number) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[2]{};
  if (syscall(SYS_capget, &header, data) != 0) return false;
  return data[number / 32].effective & (1u << (number % 32));
}

json check_capabilities() {
  const bool all =
      has_capability(CAP_NET_ADMIN) && (has_capability(CAP_BPF) || has_capability(CAP_SYS_ADMIN));
  return check("capabilities", all,
               all ? "CAP_NET_ADMIN and CAP_BPF are there" : "CAP_NET_ADMIN or CAP_BPF is missing",
               "run as root, or give the service both (AmbientCapabilities in its unit)");
}

json check_jit() {
  FILE* file = std::fopen("/proc/sys/net/core/bpf_jit_enable", "re");
  int value = 1;   // kernels that always compile have no such file
  if (file && std::fscanf(file, "%d", &value) != 1) value = 0;
  if (file) std::fclose(file);
  json row = check("jit", value != 0, value ? "BPF programs are compiled" : "BPF programs are interpreted",
                   "sysctl -w net.core.bpf_jit_enable=1");
  if (value == 0) row["state"] = "warning";
  return row;
}

std::string remedy_of(const json& row) {
  if (row["state"] == "missing") return "create the device, or take it out of the document";
  if (row["hook"] == "tc" && row["hook_reason"] != "the document asks for it")
    return "set \"hook\": \"xdp\" on it to try native XDP all the same";
  return "";
}

}   // namespace

json doctor_machine() {
  return {{"checks", {check_kernel(), check_btf(), check_bpffs(), check_capabilities(), check_jit()}},
          {"interfaces", json::array()}};
}

Result<json> examine(Gateway& gateway) {
  json answer = doctor_machine();
  const json shown = TRY(show_interfaces(gateway));
  for (const json& row : shown["interfaces"])
    answer["interfaces"].push_back({{"name", row["name"]},
                                    {"engine", gateway.engine().name()},
                                    {"hook", row["hook"]},
                                    {"reason", row["hook_reason"]},
                                    {"remedy", remedy_of(row)}});
  return answer;
}

}   // namespace sluice
