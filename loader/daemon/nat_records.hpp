// SPDX-License-Identifier: GPL-2.0-or-later
// Events of translation as RFC 8158 has them. Pure.
#pragma once

#include <optional>

#include "engine/event.hpp"
#include "ipfix/record.hpp"

namespace sluice {

// None: the RFC has no number for it.
std::optional<NatRecord> record_of(const NatEvent& event);

}   // namespace sluice
