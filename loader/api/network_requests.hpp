// SPDX-License-Identifier: GPL-2.0-or-later
// What requests say of networks and their endpoints. Everything wrong with the form is kUsage.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "api/router.hpp"
#include "api/service.hpp"

namespace sluice {

Result<NetworkRequest> read_network(const ApiRequest& request);
Result<EndpointRequest> read_endpoint(const ApiRequest& request);
Result<EndpointName> read_endpoint_name(const ApiRequest& request);
Result<std::pair<EndpointName, bool>> read_endpoint_switch(const ApiRequest& request);   // whether disabled
Result<KeyChange> read_key_change(const ApiRequest& request);
Result<EndpointTable> read_endpoint_table(const ApiRequest& request);
// "network=home&name=phone"
Result<EndpointName> read_endpoint_query(const ApiRequest& request, std::string_view query);
// The same, and "&version=2"; 0: the newest.
Result<std::pair<EndpointName, uint32_t>> read_version_query(const ApiRequest& request,
                                                             std::string_view query);

}   // namespace sluice
