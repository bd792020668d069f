// SPDX-License-Identifier: GPL-2.0-or-later
// How nodes of a cluster keep the flows of the active one, and what they tell routers, as `cluster status`
// says it.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "model/cluster.hpp"

namespace sluice {

// How long ago the peer had all that was there then; none: it never had.
std::optional<std::chrono::milliseconds> behind(const SyncFacts::Peer& peer);

// "in-step", "catching-up" or "away", as the active node sees it; "heard" or "silent" as others do.
std::string_view sync_state(const SyncFacts& facts, const SyncFacts::Peer& peer);

// Sessions with the routers around it, and what they are told of this node; null: there are none.
nlohmann::json router_rows(const ClusterFacts& facts);
nlohmann::json sync_rows(const SyncFacts& facts);   // null: flows are not told

}   // namespace sluice
