// SPDX-License-Identifier: GPL-2.0-or-later
// The bare redirect between the gateway's two devices, attached for as long as it lives.
#pragma once

#include <array>
#include <memory>

#include "base/result.hpp"
#include "lab.hpp"

namespace sluice::bench {

class Ceiling {
 public:
  static Result<Ceiling> make(const LabConfig& lab);
  Ceiling(Ceiling&&) noexcept;
  ~Ceiling();

 private:
  struct Direction;
  explicit Ceiling(std::array<std::unique_ptr<Direction>, 2> directions);
  std::array<std::unique_ptr<Direction>, 2> directions_;
};

}   // namespace sluice::bench
