// SPDX-License-Identifier: GPL-2.0-or-later
// What requests say of a cluster. Everything wrong with the form is kUsage.
#pragma once

#include "api/router.hpp"
#include "api/service.hpp"

namespace sluice {

Result<ClusterRequested> read_cluster_join(const ApiRequest& request);

}   // namespace sluice
