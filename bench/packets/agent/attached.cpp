// SPDX-License-Identifier: GPL-2.0-or-later
#include "attached.hpp"

#include <bpf/bpf.h>
#include <net/if.h>

#include <array>
#include <cerrno>
#include <memory>

#include "netns.hpp"

namespace sluice::bench {

namespace {

struct FreeNames {
  void operator()(struct if_nameindex* names) const { if_freenameindex(names); }
};

// BPF_TCX_INGRESS and BPF_TCX_EGRESS are newer than the headers of Debian 12.
constexpr std::array kSides = {static_cast<bpf_attach_type>(46), static_cast<bpf_attach_type>(47)};
constexpr uint32_t kMostPrograms = 64;

void add_programs(const struct if_nameindex& device, bpf_attach_type side, std::vector<Attached>& found) {
  std::array<uint32_t, kMostPrograms> ids{};
  uint32_t count = kMostPrograms;
  if (bpf_prog_query(static_cast<int>(device.if_index), side, 0, nullptr, ids.data(), &count) != 0) return;
  for (uint32_t i = 0; i < count; ++i) found.push_back({ids[i], device.if_name});
}

}   // namespace

Result<std::vector<Attached>> attached_in(const std::string& netns) {
  const InNamespace there = TRY(InNamespace::enter(netns));
  const std::unique_ptr<struct if_nameindex, FreeNames> names(if_nameindex());
  if (!names) return fail_errno("list the devices of " + netns, errno);
  std::vector<Attached> found;
  for (const struct if_nameindex* device = names.get(); device->if_index != 0; ++device)
    for (const bpf_attach_type side : kSides) add_programs(*device, side, found);
  return found;
}

}   // namespace sluice::bench
