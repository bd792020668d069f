// SPDX-License-Identifier: GPL-2.0-or-later
// libxdp before 1.4 forgets a descriptor of each program that it finds on a device.
#pragma once

#include <set>

namespace sluice {

// Closes descriptors of BPF programs that were opened, and not closed, in its life. Declared before whatever
// owns such descriptors; nobody else may open programs meanwhile.
class CloseLeakedPrograms {
 public:
  CloseLeakedPrograms();
  ~CloseLeakedPrograms();
  CloseLeakedPrograms(const CloseLeakedPrograms&) = delete;
  CloseLeakedPrograms& operator=(const CloseLeakedPrograms&) = delete;

 private:
  std::set<int> before_;
};

}   // namespace sluice
