// SPDX-License-Identifier: GPL-2.0-or-later
// What a request for a capture means on this gateway: its names as numbers, and the numbers of packets as
// names.
#pragma once

#include "api/service.hpp"
#include "capture/order.hpp"
#include "gateway/gateway.hpp"

namespace sluice {

// Failure: a name that the document in force has not.
Result<CaptureOrder> capture_order(Gateway& gateway, const CaptureRequest& wanted);

}   // namespace sluice
