// SPDX-License-Identifier: GPL-2.0-or-later
// Reasons to drop a packet, by the names that `show drops` and docs/drops.md have for them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

struct DropReason {
  uint8_t number;   // enum sl_drop_reason
  std::string_view symbol, stage, text;
  std::string name() const;   // "no-route"
};

const DropReason* drop_reason(uint8_t number);   // null: no such reason

}   // namespace sluice
