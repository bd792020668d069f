// SPDX-License-Identifier: GPL-2.0-or-later
// The program that says what would become of a packet (bpf/explain.bpf.c), over the tables that are pinned.
#pragma once

#include <cstdint>
#include <span>

#include "kernel/bpf/object.hpp"
#include "kernel/bpf/pins.hpp"
#include "maps/explained.h"

namespace sluice {

class Explainer {
 public:
  static Result<Explainer> open(const Pins& pins);

  // `packet` begins with an Ethernet header, whatever the device has.
  Result<sl_explained> ask(std::span<const uint8_t> packet, uint32_t ifindex, bool as_new) const;

 private:
  explicit Explainer(BpfObject object) : object_(std::move(object)) {}
  BpfObject object_;
};

}   // namespace sluice
