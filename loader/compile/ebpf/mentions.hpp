// SPDX-License-Identifier: GPL-2.0-or-later
// Which policies mention which prefix, before there are classes. What several policies say together (a set)
// is here once: a hundred thousand prefixes cost the same, however many policies name them.
#pragma once

#include <cstdint>
#include <vector>

#include "model/document.hpp"

namespace sluice {

template <class Key>
struct Mention {
  Key key;
  uint32_t list = 0;   // of the policies, in Mentions::lists
  auto operator<=>(const Mention&) const = default;
};

struct Mentions {
  static constexpr uint32_t kAnything = 0;   // the list of policies that leave this open
  std::vector<std::vector<uint32_t>> lists =
      std::vector<std::vector<uint32_t>>(1);   // by place in the document
  std::vector<Mention<AddressKey>> ipv4 = std::vector<Mention<AddressKey>>(1),
                                   ipv6 = ipv4;   // each with kAnything at the root
  std::vector<Mention<ServiceKey>> services = std::vector<Mention<ServiceKey>>(1);
  bool differs = false;   // some policy does not leave it open
};

using Side = AddressMatch Policy::*;
Mentions mentions_of_addresses(const Document& document, Side side);
Mentions mentions_of_services(const Document& document);

}   // namespace sluice
