// SPDX-License-Identifier: GPL-2.0-or-later
// Guarantees that can be kept: of an interface's rate, with something left for the gateway itself.
#include <fmt/format.h>

#include <algorithm>

#include "config/check.hpp"
#include "config/quote.hpp"
#include "model/limit.hpp"
#include "model/queues.hpp"

namespace sluice::config {
namespace {

const Node& bandwidth_of(const Placed<Vrf>& vrf) { return place(*vrf.node, "bandwidth"); }

void check_bandwidth(const Placed<Vrf>& vrf, Draft& draft) {
  const Bandwidth& bandwidth = *vrf.value.bandwidth;
  if (bandwidth.maximum && *bandwidth.maximum < bandwidth.guaranteed)
    draft.complaints.say(
        place(bandwidth_of(vrf), "maximum"),
        fmt::format("less than the {} that are guaranteed", bits_to_string(bandwidth.guaranteed)),
        "at least as much");
  if (vrf.value.table >= kOtherQueue)
    draft.complaints.say(place(*vrf.node, "table"),
                         fmt::format("a VRF with a bandwidth cannot have table {}", vrf.value.table),
                         fmt::format("at most {}", kOtherQueue - 1));
}

// What VRFs are guaranteed of this interface's rate; that of one of theirs is its own.
void check_shares(const Placed<Interface>& interface, Draft& draft) {
  uint64_t sum = 0;
  for (const auto& vrf : draft.vrfs) {
    if (!vrf.value.bandwidth) continue;
    if (vrf.value.name == interface.value.vrf) return;
    sum += vrf.value.bandwidth->guaranteed;
  }
  const uint64_t most = *interface.value.rate - *interface.value.rate / kShareOfOthers;
  if (sum > most)
    draft.complaints.say(
        place(*interface.node, "rate"),
        fmt::format("VRFs are guaranteed {} of it, which leaves too little to everybody else and the gateway",
                    bits_to_string(sum)),
        fmt::format("guarantees of at most {} together", bits_to_string(most)));
}

}   // namespace

void check_bandwidths(Draft& draft) {
  const auto is_rated = [](const Placed<Interface>& interface) { return interface.value.rate.has_value(); };
  const bool rated = std::ranges::any_of(draft.interfaces, is_rated);
  for (const auto& vrf : draft.vrfs) {
    if (!vrf.value.bandwidth) continue;
    check_bandwidth(vrf, draft);
    if (!rated)
      draft.complaints.say(bandwidth_of(vrf), "a share of nothing: no interface has a rate",
                           R"("rate": "1gbit" on the interface that the VRF's traffic leaves by)");
  }
  if (!draft.complaints.empty()) return;   // a share that was not read counts nothing
  for (const auto& interface : draft.interfaces)
    if (interface.value.rate) check_shares(interface, draft);
}

}   // namespace sluice::config
