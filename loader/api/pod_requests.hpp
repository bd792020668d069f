// SPDX-License-Identifier: GPL-2.0-or-later
// Requests about pods, read from their bodies.
#pragma once

#include "api/router.hpp"
#include "api/service.hpp"

namespace sluice {

Result<PodRequest> read_pod(const ApiRequest& request);

}   // namespace sluice
