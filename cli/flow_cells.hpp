// SPDX-License-Identifier: GPL-2.0-or-later
// Cells of a flow, whose two directions are objects of their own in the JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cli/table.hpp"

namespace sluice::cli {

std::string flow_source(const nlohmann::json& flow, const Look& look);
std::string flow_destination(const nlohmann::json& flow, const Look& look);

// What the other side sees instead: "from 203.0.113.1:40000" (source translated), "to 192.168.10.2:8080"
// (destination translated), both, or "-". Worked out from the addresses that the replies carry.
std::string flow_translation(const nlohmann::json& flow, const Look& look);

// In the table the sum of both directions; wide shows each.
std::string flow_packets(const nlohmann::json& flow, const Look& look);
std::string flow_bytes(const nlohmann::json& flow, const Look& look);
std::string flow_reply_packets(const nlohmann::json& flow, const Look& look);
std::string flow_reply_bytes(const nlohmann::json& flow, const Look& look);

}   // namespace sluice::cli
