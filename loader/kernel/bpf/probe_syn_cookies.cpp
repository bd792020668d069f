// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/probe_syn_cookies.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <type_traits>

#include "tc.skel.h"

namespace sluice {
namespace {

// Who may not ask is not told that there is none.
bool has_syn_cookies() {
  static const bool has =
      libbpf_probe_bpf_helper(BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_tcp_raw_gen_syncookie_ipv4, nullptr) != 0;
  return has;
}

}   // namespace

ProbeRow probe_syn_cookies() {
  if (has_syn_cookies())
    return {"syn-cookies", ProbeState::kGood, "BPF programs can make SYN cookies", "", "", ""};
  return {"syn-cookies",
          ProbeState::kWarning,
          "the kernel makes no SYN cookies for BPF programs",
          "",
          "use Linux 6.0 or newer, built with CONFIG_SYN_COOKIES, as Debian's are",
          "\"syn_cookies\" of forwards"};
}

std::string refusal_of_syn_cookies() {
  const ProbeRow row = probe_syn_cookies();
  return row.state == ProbeState::kGood ? "" : fmt::format("{} ({})", row.finding, row.remedy);
}

void tell_of_syn_cookies(bpf_object* object) {
  using Constants = std::remove_pointer_t<decltype(tc_bpf::rodata)>;
  size_t size = 0;
  bpf_map* map = bpf_object__find_map_by_name(object, ".rodata");
  const void* data = map ? bpf_map__initial_value(map, &size) : nullptr;
  if (!data || size < sizeof(Constants)) return;
  Constants constants = *static_cast<const Constants*>(data);
  constants.has_syn_cookies = has_syn_cookies();
  (void)bpf_map__set_initial_value(map, &constants, sizeof(constants));
}

}   // namespace sluice
