// SPDX-License-Identifier: GPL-2.0-or-later
// What requests say of first rows and of flows. Everything wrong with the form is kUsage.
#pragma once

#include "api/router.hpp"
#include "api/service.hpp"

namespace sluice {

Result<TopQuery> read_top_query(TopKind kind, std::string_view query);
Result<FlowName> read_flow_query(const ApiRequest& request, std::string_view query);

}   // namespace sluice
