// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/tcx.hpp"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "base/unique_fd.hpp"
#include "kernel/bpf/program_info.hpp"

namespace sluice {
namespace {

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

uint32_t attached_tcx(uint32_t index, Hook hook) {
  const auto programs = programs_on(static_cast<int>(index), type_of(hook)).value_or(std::vector<uint32_t>{});
  const auto own =
      std::ranges::find_if(programs, [&](uint32_t id) { return is_program(id, program_name(hook)); });
  return own == programs.end() ? 0 : *own;
}

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

}   // namespace sluice
