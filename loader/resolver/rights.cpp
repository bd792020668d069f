// SPDX-License-Identifier: GPL-2.0-or-later
#include "resolver/rights.hpp"

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "kernel/privileges.hpp"

namespace sluice {
namespace {

constexpr uid_t kNobody = 65534;
constexpr uint32_t kPort = 1u << CAP_NET_BIND_SERVICE;

bool keep_port_alone() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const __user_cap_data_struct data[2]{{.effective = kPort, .permitted = kPort, .inheritable = 0}, {}};
  return ::syscall(SYS_capset, &header, data) == 0;
}

}   // namespace

Result<> give_up_rights() {
  if (!has_capability(CAP_SETUID) || !has_capability(CAP_SETGID)) return {};
  if (::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || ::setgroups(0, nullptr) != 0 ||
      ::setresgid(kNobody, kNobody, kNobody) != 0 || ::setresuid(kNobody, kNobody, kNobody) != 0 ||
      !keep_port_alone() || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return fail_errno("give up what the resolver may do", errno);
  return {};
}

}   // namespace sluice
