// SPDX-License-Identifier: GPL-2.0-or-later
// The state as JSON, in the shapes of docs/api.md.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "api/service.hpp"
#include "gateway/gateway.hpp"

namespace sluice {

// {"revision", "deadline"} of the revision that waits; null: none does.
Result<nlohmann::json> show_pending_confirmation(Gateway& gateway);
Result<nlohmann::json> show_status(Gateway& gateway);
Result<nlohmann::json> show_interfaces(Gateway& gateway);
Result<nlohmann::json> show_interface_states(Gateway& gateway);   // a list, of what `status` tells
Result<nlohmann::json> show_policies(Gateway& gateway);
Result<nlohmann::json> show_forwards(Gateway& gateway);
Result<nlohmann::json> show_services(Gateway& gateway);
// The list of these, of what the engine counted.
Result<nlohmann::json> rows_of_services(Gateway& gateway, const std::vector<ObjectCount>& objects);
// Of `show services` what changes seldom: service, backend, underlay, address, state, reason, since.
std::vector<nlohmann::json> backend_states(const Gateway& gateway);
Result<nlohmann::json> show_vrfs(Gateway& gateway);
Result<nlohmann::json> show_limits(Gateway& gateway);
Result<nlohmann::json> show_tenants(Gateway& gateway);
Result<nlohmann::json> show_networks(Gateway& gateway);
Result<nlohmann::json> show_pods(Gateway& gateway);
Result<nlohmann::json> show_endpoints(Gateway& gateway);
// Names that served zones are told.
Result<nlohmann::json> show_names(Gateway& gateway);
Result<nlohmann::json> show_drops(Gateway& gateway);
// In the text format of Prometheus.
Result<std::string> show_metrics(Gateway& gateway);
Result<nlohmann::json> show_explain(Gateway& gateway, const ExplainRequest& packet);

// Lists that are told in pieces. `gateway` outlives them.
Result<std::unique_ptr<RowReader>> flow_rows(Gateway& gateway);
Result<std::unique_ptr<RowReader>> mapping_rows(Gateway& gateway);

}   // namespace sluice
