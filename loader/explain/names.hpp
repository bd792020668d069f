// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers of rows back into the document's names. Private to explain/.
#pragma once

#include "explain/explain.hpp"
#include "model/endpoints.hpp"

namespace sluice::detail {

class Names {
 public:
  explicit Names(const World& world) : world_(world) {}

  std::string zone(uint16_t number) const {
    return number < world_.rules.zones.size() ? world_.rules.zones[number] : std::string();
  }
  std::string vrf(uint16_t number) const {
    for (const Vrf& vrf : world_.document.vrfs)
      if (vrf.table == number) return vrf.name;
    return std::string(kMainVrf);
  }
  std::string link(uint32_t index) const {
    for (const auto& [name, link] : world_.observed.links)
      if (link.index == index) return name;
    return {};
  }
  // The endpoint of a network that has the address in this VRF; empty: none.
  std::string endpoint(uint16_t vrf, const IpAddress& address) const {
    const auto one = endpoint_at(world_.document, vrf, address);
    return one ? full_name(*one) : std::string();
  }
  std::string object(uint32_t number) const {
    for (const ObjectRow& row : world_.rules.objects)
      if (number != 0 && row.number == number) return row.name;
    return {};
  }

 private:
  const World& world_;
};

}   // namespace sluice::detail
