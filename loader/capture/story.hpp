// SPDX-License-Identifier: GPL-2.0-or-later
// What became of a captured packet.
#pragma once

#include <string>

#include "capture/order.hpp"
#include "capture/pcapng.hpp"
#include "maps/capture.h"

namespace sluice {

// In words, by `out`, the second record of it: the rules that decided, and where they stand in the document.
std::string tell_captured(const sl_captured& out, const CaptureNames& names);
// What its hook answered.
pcapng::Verdict verdict_of(const sl_captured& out);

}   // namespace sluice
