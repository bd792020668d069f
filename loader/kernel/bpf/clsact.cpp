// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/clsact.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/pkt_sched.h>

#include "kernel/bpf/libbpf_log.hpp"
#include "kernel/bpf/program_info.hpp"
#include "kernel/netlink/filters.hpp"

namespace sluice {
namespace {

// First of all filters, so that nothing gets past before sluice has judged it.
constexpr uint32_t kPriority = 1;
constexpr uint32_t kHandle = 0x51;

bpf_tc_hook hook_of(uint32_t index, bpf_tc_attach_point point) {
  bpf_tc_hook hook{};
  hook.sz = sizeof(hook);
  hook.ifindex = static_cast<int>(index);
  hook.attach_point = point;
  return hook;
}

bpf_tc_attach_point point_of(Hook hook) { return hook == Hook::kTcEgress ? BPF_TC_EGRESS : BPF_TC_INGRESS; }

bpf_tc_opts place() {
  bpf_tc_opts options{};
  options.sz = sizeof(options);
  options.handle = kHandle;
  options.priority = kPriority;
  return options;
}

bool is_gone(int rc) { return rc == -ENOENT || rc == -ENODEV || rc == -EINVAL; }

// Others' filters keep it; when that cannot be asked, it stays too.
void remove_empty_clsact(uint32_t index) {
  auto rtnl = RtnlSocket::open();
  if (!rtnl) return;
  for (const uint32_t parent : {TC_H_MIN_INGRESS, TC_H_MIN_EGRESS})
    if (has_filters(*rtnl, index, parent).value_or(true)) return;
  bpf_tc_hook both = hook_of(index, static_cast<bpf_tc_attach_point>(BPF_TC_INGRESS | BPF_TC_EGRESS));
  bpf_tc_hook_destroy(&both);
}

}   // namespace

Result<> attach_filter(const std::string& link, uint32_t index, Hook which, int program_fd) {
  LibbpfLog log;
  bpf_tc_hook hook = hook_of(index, point_of(which));
  if (const int rc = bpf_tc_hook_create(&hook); rc && rc != -EEXIST)
    return fail_errno(fmt::format("create clsact on {}", link), -rc);
  bpf_tc_opts options = place();
  options.prog_fd = program_fd;
  options.flags = BPF_TC_F_REPLACE;
  if (const int rc = bpf_tc_attach(&hook, &options); rc)
    return fail_errno(fmt::format("attach to {} at tc {} ({})", link, side_of(which), log.reason()), -rc);
  return {};
}

Result<> detach_filter(const std::string& link, uint32_t index, Hook which) {
  LibbpfLog log;
  bpf_tc_hook hook = hook_of(index, point_of(which));
  bpf_tc_opts options = place();
  if (const int rc = bpf_tc_detach(&hook, &options); rc && !is_gone(rc))
    return fail_errno(fmt::format("detach from {} at tc", link), -rc);
  remove_empty_clsact(index);
  return {};
}

uint32_t attached_filter(uint32_t index, Hook which) {
  LibbpfLog log;
  bpf_tc_hook hook = hook_of(index, point_of(which));
  bpf_tc_opts options = place();
  return bpf_tc_query(&hook, &options) == 0 ? options.prog_id : 0;
}

}   // namespace sluice
