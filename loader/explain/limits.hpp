// SPDX-License-Identifier: GPL-2.0-or-later
// Which limits concern a flow, as bpf/limit/match.h finds them. Private to explain/.
#pragma once

#include <string>
#include <vector>

#include "model/address.hpp"
#include "model/document.hpp"

namespace sluice::detail {

struct LimitQuestion {
  std::string interface;   // that the first packet comes in by
  uint16_t zone_out = 0;
  IpAddress source;
  Endpoint destination;   // as the inside sees it
  uint8_t protocol = 0;
  std::string forward;   // that admits it; empty: none
};

std::vector<const Limit*> limits_of(const LimitQuestion& asked, const Document& document);

}   // namespace sluice::detail
