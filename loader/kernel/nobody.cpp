// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/nobody.hpp"

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "kernel/privileges.hpp"

namespace sluice {
namespace {

constexpr uid_t kNobody = 65534;

bool leave_user() {
  return ::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 && ::setgroups(0, nullptr) == 0 &&
         ::setresgid(kNobody, kNobody, kNobody) == 0 && ::setresuid(kNobody, kNobody, kNobody) == 0;
}

bool keep_alone(std::optional<int> right) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct had[2]{}, kept[2]{};
  if (::syscall(SYS_capget, &header, had) != 0) return false;
  if (right) {
    const uint32_t bit = CAP_TO_MASK(*right) & had[CAP_TO_INDEX(*right)].permitted;
    kept[CAP_TO_INDEX(*right)] = {.effective = bit, .permitted = bit, .inheritable = 0};
  }
  return ::syscall(SYS_capset, &header, kept) == 0;
}

}   // namespace

Result<> become_nobody(std::optional<int> right) {
  if (!has_capability(CAP_SETUID) || !has_capability(CAP_SETGID)) return {};
  if (!leave_user() || !keep_alone(right) || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return fail_errno("give up privileges", errno);
  return {};
}

void take_all_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Result<> give_up_rights() {
  return keep_alone({}) ? Result<>() : fail_errno("give up the last privileges", errno);
}

}   // namespace sluice
