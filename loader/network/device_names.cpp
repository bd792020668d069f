// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/device_names.hpp"

#include <fmt/format.h>

namespace sluice {

std::set<std::string> devices_of(const Document& document) {
  std::set<std::string> devices;
  for (const Interface* interface : all_interfaces(document)) devices.insert(interface->name);
  for (const Network& network : document.networks) {
    devices.insert(network.attach.begin(), network.attach.end());
    devices.insert(network.device);
  }
  return devices;
}

std::string free_device(const std::string& name, std::set<std::string>& used) {
  std::string device = name;
  for (int i = 2; !used.insert(device).second; ++i) {
    const std::string end = fmt::format("-{}", i);
    device = name.substr(0, kDeviceNameBytes - end.size()) + end;
  }
  return device;
}

}   // namespace sluice
