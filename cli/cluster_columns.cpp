// SPDX-License-Identifier: GPL-2.0-or-later
// The table of nodes of a cluster.
#include "cli/cells.hpp"
#include "cli/columns.hpp"

namespace sluice::cli {
namespace {
using enum Align;
using enum Show;

std::string own_name(const nlohmann::json& row, const Look&) {
  return text_at(row, "node") + (member(row, "own") == true ? " (this one)" : "");
}

std::string in_step(const nlohmann::json& row, const Look&) {
  return member(row, "in_step") == true ? "in step" : "behind";
}

constexpr Column kClusterNodes[] = {
    {"NODE", own_name},
    {"STATE", text<"state">, kLeft, kAlways, true},
    {"ROLE", text<"role">},
    {"DOCUMENT", in_step},
    {"SINCE", text<"since">},
    {"HINDERED", text<"hindered">, kLeft, kWide},
    {"VERSION", text<"version">, kLeft, kWide},
};

}   // namespace

std::span<const Column> cluster_node_columns() { return kClusterNodes; }

}   // namespace sluice::cli
