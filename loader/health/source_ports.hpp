// SPDX-License-Identifier: GPL-2.0-or-later
// A few ports that nobody else gets, which checks go out by.
#pragma once

#include <array>
#include <cstdint>

#include "base/unique_fd.hpp"

namespace sluice {

class SourcePorts {
 public:
  static constexpr size_t kPorts = 8;
  SourcePorts();
  // 0: there is none of this number.
  uint16_t at(size_t number) const { return number < kPorts ? ports_[number] : 0; }

 private:
  std::array<UniqueFd, kPorts> held_;   // bound, and never connected
  std::array<uint16_t, kPorts> ports_{};
};

}   // namespace sluice
