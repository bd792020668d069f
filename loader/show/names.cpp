// SPDX-License-Identifier: GPL-2.0-or-later
#include "show/names.hpp"

namespace sluice {

Result<Names> Names::of(Gateway& gateway) {
  Observed observed = TRY(gateway.observe());
  Names names = of(gateway, TRY(gateway.engine().objects_at_rest()).objects);
  names.observed_ = std::move(observed);
  for (const auto& [name, link] : names.observed_.links) names.links_[link.index] = name;
  return names;
}

Names Names::of(const Gateway& gateway, std::vector<ObjectCount> objects) {
  Names names;
  names.zones_.emplace_back(kHostZone);
  if (gateway.current())
    for (const Zone& zone : gateway.current()->document.zones) names.zones_.push_back(zone.name);
  names.vrfs_[SL_MAIN_VRF] = kMainVrf;
  if (gateway.current())
    for (const Vrf& vrf : gateway.current()->document.vrfs) names.vrfs_[vrf.table] = vrf.name;
  for (ObjectCount& object : objects) names.objects_[object.number] = std::move(object);
  return names;
}

nlohmann::json Names::zone(uint16_t number) const {
  return number < zones_.size() ? nlohmann::json(zones_[number]) : nlohmann::json();
}

nlohmann::json Names::vrf(uint16_t number) const {
  const auto at = vrfs_.find(number);
  return at == vrfs_.end() ? nlohmann::json() : nlohmann::json(at->second);
}

nlohmann::json Names::link(uint32_t index) const {
  const auto at = links_.find(index);
  return at == links_.end() ? nlohmann::json() : nlohmann::json(at->second);
}

nlohmann::json Names::object(uint32_t number) const {
  const auto at = objects_.find(number);
  return at == objects_.end() ? nlohmann::json() : nlohmann::json(at->second.name);
}

}   // namespace sluice
