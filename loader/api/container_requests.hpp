// SPDX-License-Identifier: GPL-2.0-or-later
// What requests about containers say.
#pragma once

#include "api/router.hpp"

namespace sluice {

Result<ContainerRequest> read_container(const ApiRequest& request);
Result<ContainerName> read_container_query(std::string_view query);

}   // namespace sluice
