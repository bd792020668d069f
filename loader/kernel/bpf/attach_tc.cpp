// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/attach_tc.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <vector>

#include "base/unique_fd.hpp"
#include "kernel/bpf/libbpf_log.hpp"
#include "kernel/bpf/program.hpp"
#include "kernel/netlink/tc.hpp"

namespace sluice {
namespace {

// tcx (Linux 6.6): programs that are attached to a device itself and run before all filters. Each direction
// has a list of them, in which sluice's are known by their names.

// Newer than the headers of Debian 12.
constexpr auto kTcxIngress = static_cast<bpf_attach_type>(46);
constexpr auto kTcxEgress = static_cast<bpf_attach_type>(47);
constexpr uint32_t kBeforeAll = 1U << 3;   // BPF_F_BEFORE, with nobody named

constexpr uint32_t kMostPrograms = 64;   // of one list: the kernel's BPF_MPROG_MAX
constexpr int kLoopback = 1;             // there is one in each network namespace

bpf_attach_type type_of(Hook hook) { return hook == Hook::kTcEgress ? kTcxEgress : kTcxIngress; }

bool went_away(int rc) { return rc == -ENOENT || rc == -ENODEV; }

// No program has the number 0: who may ask is told so. Needs CAP_SYS_ADMIN.
bool may_ask_by_number() { return bpf_prog_get_fd_by_id(0) == -ENOENT; }

// Numbers of the programs, or what the kernel said.
std::expected<std::vector<uint32_t>, int> programs_on(int index, bpf_attach_type type) {
  std::array<uint32_t, kMostPrograms> ids{};
  uint32_t count = kMostPrograms;
  const int rc = bpf_prog_query(index, type, 0, nullptr, ids.data(), &count);
  if (went_away(rc)) return {};
  if (rc) return std::unexpected(rc);
  return std::vector(ids.begin(), ids.begin() + count);
}

}   // namespace

bool has_tcx() {
  static const bool answer = programs_on(kLoopback, kTcxIngress).has_value() && may_ask_by_number();
  return answer;
}

namespace {

// The kernel gives no number twice, and a thousand devices have the same program: it is asked for its name
// once.
bool is_own(uint32_t id, Hook hook) {
  thread_local std::map<Hook, uint32_t> known;
  const auto at = known.find(hook);
  if (at != known.end() && at->second == id) return true;
  if (!is_program(id, program_name(hook))) return false;
  known[hook] = id;
  return true;
}

// Number of sluice's program; 0: none.
uint32_t attached_tcx(uint32_t index, Hook hook) {
  const auto programs = programs_on(static_cast<int>(index), type_of(hook)).value_or(std::vector<uint32_t>{});
  const auto own = std::ranges::find_if(programs, [&](uint32_t id) { return is_own(id, hook); });
  return own == programs.end() ? 0 : *own;
}

// First of the list, or in one step in the place of an older one. True: it was that.
Result<bool> attach_tcx(const std::string& link, uint32_t index, Hook hook, int program_fd) {
  const uint32_t older = attached_tcx(index, hook);
  if (older && older == program_info(program_fd).id) return true;
  const UniqueFd replaced(older ? bpf_prog_get_fd_by_id(older) : -1);
  LIBBPF_OPTS(bpf_prog_attach_opts, options, .flags = replaced ? uint32_t{BPF_F_REPLACE} : kBeforeAll,
              .replace_prog_fd = replaced ? replaced.get() : 0);
  const int rc = bpf_prog_attach_opts(program_fd, static_cast<int>(index), type_of(hook), &options);
  if (rc) return fail_errno(fmt::format("attach to {} at tc {}", link, side_of(hook)), -rc);
  return older != 0;
}

Result<> detach_tcx(const std::string& link, uint32_t index, Hook hook) {
  const uint32_t own = attached_tcx(index, hook);
  const UniqueFd program(own ? bpf_prog_get_fd_by_id(own) : -1);
  if (!program) return {};
  const int rc = bpf_prog_detach2(program.get(), static_cast<int>(index), type_of(hook));
  if (rc && !went_away(rc)) return fail_errno(fmt::format("detach from {} at tc", link), -rc);
  return {};
}

// Filters, for kernels before 6.6: clsact with one filter per direction at a fixed place.

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

// In one step in the place of what is there.
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

// What is gone already is success.
Result<> take_filter_out(const std::string& link, uint32_t index, Hook which) {
  LibbpfLog log;
  bpf_tc_hook hook = hook_of(index, point_of(which));
  bpf_tc_opts options = place();
  if (const int rc = bpf_tc_detach(&hook, &options); rc && !is_gone(rc))
    return fail_errno(fmt::format("detach from {} at tc", link), -rc);
  return {};
}

// Also removes clsact when nothing else is left on it.
Result<> detach_filter(const std::string& link, uint32_t index, Hook which) {
  TRY(take_filter_out(link, index, which));
  remove_empty_clsact(index);
  return {};
}

// Number of the program at sluice's place; 0: none.
uint32_t attached_filter(uint32_t index, Hook which) {
  LibbpfLog log;
  bpf_tc_hook hook = hook_of(index, point_of(which));
  bpf_tc_opts options = place();
  return bpf_tc_query(&hook, &options) == 0 ? options.prog_id : 0;
}

// From a sluice that knew filters only.
bool has_older_filter(uint32_t index, Hook hook) {
  const uint32_t at = attached_filter(index, hook);
  return at && is_program(at, program_name(hook));
}

// At ingress the older filter leaves after tcx has come, so that no packet gets past: what both see goes to
// the host, and is counted twice. At egress it leaves before, because the first takes the mark off what
// sluice carried, and the second would take that for the kernel's forwarding. clsact stays, marked.
Result<bool> move_to_tcx(const std::string& link, uint32_t index, Hook hook, int program_fd) {
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  TRY(mark_clsact(rtnl, link, index));
  if (hook == Hook::kTcEgress) TRY(take_filter_out(link, index, hook));
  if (const Result<bool> attached = attach_tcx(link, index, hook, program_fd); !attached) {
    TRY(attach_filter(link, index, hook, program_fd));
    return attached;
  }
  if (hook != Hook::kTcEgress) TRY(take_filter_out(link, index, hook));
  return true;
}

// What move_to_tcx left.
Result<> remove_marked_clsact(const std::string& link, uint32_t index) {
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  if (TRY(take_mark_off_clsact(rtnl, link, index))) remove_empty_clsact(index);
  return {};
}

// return TC_ACT_UNSPEC: what comes after it decides, as if it were not there.
constexpr std::array<bpf_insn, 2> kLetPass{
    bpf_insn{.code = BPF_ALU64 | BPF_MOV | BPF_K,
             .dst_reg = BPF_REG_0,
             .src_reg = 0,
             .off = 0,
             .imm = TC_ACT_UNSPEC},
    bpf_insn{.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};

}   // namespace

Result<bool> attach_tc(const std::string& link, uint32_t index, Hook hook, int program_fd) {
  if (has_tcx())
    return has_older_filter(index, hook) ? move_to_tcx(link, index, hook, program_fd)
                                         : attach_tcx(link, index, hook, program_fd);
  const bool replaces = attached_filter(index, hook) != 0;
  TRY(attach_filter(link, index, hook, program_fd));
  return replaces;
}

Result<> detach_tc(const std::string& link, uint32_t index, Hook hook) {
  if (!has_tcx()) return detach_filter(link, index, hook);
  TRY(detach_tcx(link, index, hook));
  if (has_older_filter(index, hook)) TRY(detach_filter(link, index, hook));
  return remove_marked_clsact(link, index);
}

uint32_t attached_tc(uint32_t index, Hook hook) {
  return has_tcx() ? attached_tcx(index, hook) : attached_filter(index, hook);
}

Result<bool> hold_place(const std::string& link, uint32_t index, Hook hook) {
  if (!has_tcx() || attached_tc(index, hook)) return false;
  const UniqueFd program(bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, program_name(hook).data(), "GPL",
                                       kLetPass.data(), kLetPass.size(), nullptr));
  if (!program) return fail_errno("load a program that lets everything pass", errno);
  TRY(attach_tcx(link, index, hook, program.get()));
  return true;
}

}   // namespace sluice
