// SPDX-License-Identifier: GPL-2.0-or-later
// What requests say of a relay and its clients. Everything wrong with the form is kUsage.
#pragma once

#include <string>
#include <string_view>

#include "api/router.hpp"
#include "api/service.hpp"

namespace sluice {

Result<RelayClientRequest> read_relay_client(const ApiRequest& request);
// "name=alice"
Result<std::string> read_relay_query(std::string_view query);

}   // namespace sluice
