// SPDX-License-Identifier: GPL-2.0-or-later
// ICMP errors as routers and hosts make them of a packet that they saw.
#pragma once

#include <algorithm>

#include "support/answers.hpp"
#include "support/bpf_test.hpp"

namespace sluice::test {

// The packet of a frame, as much of it as a router quotes.
inline Bytes quote_of(const View& view, size_t transport_bytes) {
  const size_t end = std::min(view.end, view.l4 + transport_bytes);
  return {view.bytes.begin() + view.l3, view.bytes.begin() + end};
}

inline Layers error_about(const View& seen, std::string_view from, std::string_view to, const Bytes& quote) {
  if (seen.family == 4) return Ip4{.src = from, .dst = to} / Icmp{.type = 3, .code = 1} / quote;
  return Ip6{.src = from, .dst = to} / Icmp{.type = 1} / quote;
}

}   // namespace sluice::test
