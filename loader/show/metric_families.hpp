// SPDX-License-Identifier: GPL-2.0-or-later
// Families of metrics, by what they are of (docs/metrics.md).
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "gateway/gateway.hpp"
#include "show/flow_tally.hpp"
#include "show/metric_text.hpp"

namespace sluice {

// Of rows of a list: each family has the member of that name. Rows without a number there have no series.
struct MetricColumn {
  const char *name, *member;
  MetricText::Type type;
  const char* help;
};
using LabelsOfRow = MetricText::Labels (*)(const nlohmann::json& row);
void tell_rows(const nlohmann::json& rows, LabelsOfRow labels, std::span<const MetricColumn> columns,
               MetricText& text);

std::string word_of(const nlohmann::json& value);   // null is empty

// Where the document has such.
Result<> tell_interfaces(Gateway& gateway, MetricText& text);
Result<> tell_tenants(Gateway& gateway, MetricText& text);
Result<> tell_networks(Gateway& gateway, MetricText& text);
Result<> tell_pods(Gateway& gateway, MetricText& text);
void tell_flows(const FlowTally& tally, MetricText& text);
// How long connections took to be made, and packets to pass: of zones and tenants, and of what there may be
// many of.
Result<> tell_times(Gateway& gateway, MetricText& text);
Result<> tell_times_of_each(Gateway& gateway, MetricText& text);
void tell_limits(const std::vector<ObjectCount>& objects, MetricText& text);
void tell_shortages(const Shortages& shortages, MetricText& text);

}   // namespace sluice
