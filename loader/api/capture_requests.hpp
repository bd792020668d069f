// SPDX-License-Identifier: GPL-2.0-or-later
// What a request for a capture says. Everything wrong with its form is kUsage.
#pragma once

#include "api/router.hpp"
#include "api/service.hpp"

namespace sluice {

Result<CaptureRequest> read_capture(const ApiRequest& request);

}   // namespace sluice
