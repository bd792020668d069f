// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <map>

#include "plan/parts.hpp"

namespace sluice {
namespace {

class Devices {
 public:
  Devices(const Document& document, const Observed& observed, Plan& plan)
      : document_(document), observed_(observed), plan_(plan) {}

  std::set<uint32_t> run() {
    for (const MadeLink& device : wanted_vrf_devices(document_, observed_)) plan_device(device);
    for (const Interface& interface : document_.interfaces)
      if (usable_.contains(interface.vrf) && is_usable(interface, observed_))
        plan_interface(interface.vrf, observed_.links.at(interface.name));
    return moved_;
  }

 private:
  void plan_device(const MadeLink& device) {
    const auto seen = observed_.links.find(device.name);
    if (seen == observed_.links.end()) return make(device, 0);
    const bool same = seen->second.parameters == device.parameters && !is_half_made(observed_, seen->second);
    if (!same && !is_own(observed_, seen->second)) {
      plan_.notes.push_back(fmt::format(
          "VRF \"{}\" works by rules alone: a device of this name is there that sluice did not make",
          device.name));
      return;
    }
    if (!same) return make_anew(device, seen->second);
    usable_.insert(device.name);
    if (!seen->second.up) plan_.steps.push_back(step::SetLinkUp{device.name, seen->second.index});
  }

  void make(const MadeLink& device, uint32_t index) {
    usable_.insert(device.name);
    plan_.steps.push_back(step::MakeLink{device, index});
    plan_.steps.push_back(step::SetLinkUp{device.name, 0});
  }

  // A device keeps its table. Its interfaces leave it before, or their IPv6 addresses would be lost.
  void make_anew(const MadeLink& device, const ObservedLink& seen) {
    for (const auto& [name, link] : observed_.links)
      if (link.master == device.name) {
        plan_.steps.push_back(step::SetMaster{name, link.index, "", device.name});
        left_.insert(name);
      }
    plan_.steps.push_back(step::RemoveLink{{seen.name, seen.parameters}, seen.index});
    make(device, seen.index);
  }

  void plan_interface(const std::string& vrf, const ObservedLink& link) {
    const std::string master = left_.contains(link.name) ? "" : link.master;
    if (master == vrf) return;
    if (!master.empty() && !is_own_member(observed_, link)) {
      plan_.notes.push_back(
          fmt::format("{} is in VRF \"{}\" by rules alone: it belongs to \"{}\"", link.name, vrf, master));
      return;
    }
    plan_.steps.push_back(step::SetMaster{link.name, link.index, vrf, master});
    moved_.insert(link.index);
  }

  const Document& document_;
  const Observed& observed_;
  Plan& plan_;
  std::set<std::string> usable_, left_;
  std::set<uint32_t> moved_;
};

}   // namespace

std::vector<MadeLink> wanted_vrf_devices(const Document& document, const Observed& observed) {
  std::vector<MadeLink> devices;
  if (observed.findings.vrf_devices)
    for (const Vrf& vrf : document.vrfs) devices.push_back({vrf.name, VrfLink{vrf.table}});
  return devices;
}

std::set<uint32_t> plan_vrf_devices(const Document& document, const Observed& observed, Plan& plan) {
  return Devices(document, observed, plan).run();
}

}   // namespace sluice
