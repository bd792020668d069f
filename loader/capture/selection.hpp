// SPDX-License-Identifier: GPL-2.0-or-later
// Which packets are wanted.
#pragma once

#include <span>

#include "base/result.hpp"
#include "capture/filter.hpp"
#include "capture/order.hpp"
#include "capture/shapes.hpp"

namespace sluice {

class CaptureSelection {
 public:
  static Result<CaptureSelection> of(CaptureWish wish);

  // By what became of it.
  bool takes(const sl_captured& out) const;
  // By what it looked like, in any of its shapes.
  bool takes(std::span<const CapturedShape> shapes) const;

 private:
  CaptureSelection(CaptureWish wish, PacketFilter filter)
      : wish_(std::move(wish)), filter_(std::move(filter)) {}
  CaptureWish wish_;
  PacketFilter filter_;
};

}   // namespace sluice
