// SPDX-License-Identifier: GPL-2.0-or-later
// The state as JSON, in the shapes of docs/api.md.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "api/service.hpp"
#include "gateway/gateway.hpp"
#include "show/flow_tally.hpp"

namespace sluice {

// "lost": rules run, and nobody knows the document that they are of. "held": they run, and it cannot be put
// in force again. "blocked": no document can be put in force, and interfaces are closed. Else "empty",
// "running", "degraded".
const char* gateway_state(const Gateway& gateway);
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
// The list of these, without a look at flows.
Result<nlohmann::json> rows_of_vrfs(Gateway& gateway);
Result<nlohmann::json> show_limits(Gateway& gateway);
Result<nlohmann::json> show_tenants(Gateway& gateway);
Result<nlohmann::json> show_networks(Gateway& gateway);
Result<nlohmann::json> show_pods(Gateway& gateway);
// What is known of one without a look at the machine.
nlohmann::json show_container(const Gateway& gateway, const Container& container);
Result<nlohmann::json> show_containers(Gateway& gateway);
Result<nlohmann::json> show_certificates(Gateway& gateway);
Result<nlohmann::json> show_endpoints(Gateway& gateway);
// Names that served zones are told.
Result<nlohmann::json> show_names(Gateway& gateway);
// How this machine is reached behind somebody else's NAT.
Result<nlohmann::json> show_device(Gateway& gateway);
Result<nlohmann::json> show_leases(Gateway& gateway);   // ports that hosts asked for
Result<nlohmann::json> show_relay(Gateway& gateway);    // clients of this relay
Result<nlohmann::json> show_relays(Gateway& gateway);   // that this gateway is reached through
Result<nlohmann::json> show_ssh(Gateway& gateway);      // users and their boxes
Result<nlohmann::json> show_drops(Gateway& gateway);
// In the text format of Prometheus.
Result<std::string> show_metrics(Gateway& gateway, const FlowTally& tally);
Result<nlohmann::json> show_explain(Gateway& gateway, const ExplainRequest& packet);

// Lists that are told in pieces. `gateway` outlives them.
Result<std::unique_ptr<RowReader>> flow_rows(Gateway& gateway);
Result<std::unique_ptr<RowReader>> mapping_rows(Gateway& gateway);

}   // namespace sluice
