// SPDX-License-Identifier: GPL-2.0-or-later
// Limits that can meet in one packet: the fast path keeps only so many of them with a flow.
#include <fmt/format.h>

#include "base/text.hpp"
#include "config/check.hpp"
#include "config/complaints.hpp"
#include "model/endpoints.hpp"
#include "model/limit_classes.hpp"

namespace sluice::config {
namespace {

std::string names_of(const std::vector<size_t>& places, const Document& document) {
  std::vector<std::string> names;
  for (const size_t place : places) names.push_back(quote(document.limits[place].name));
  const std::string last = names.back();
  names.pop_back();
  return fmt::format("{} and {}", join(names, ", "), last);
}

// The last of them, which is where something can be left out.
const Node& last_of(const std::vector<size_t>& places, const Node& list) {
  const Node* at = &list;
  for (const Node& item : list.children())
    if (item.index == places.back()) at = &item;
  return *at;
}

// Zones of networks alone have endpoints; others would share one bucket, which nobody means.
void check_endpoint_keys(const Document& document, const Node& list, Complaints& complaints) {
  for (const Node& item : list.children()) {
    if (item.index >= document.limits.size()) continue;
    const Limit& limit = document.limits[item.index];
    if (limit.key.kind != LimitKey::kEndpoint || side_of(limit, document) != EndpointSide::kNone) continue;
    complaints.say(
        place(item, "key"),
        fmt::format("limit {} is for each endpoint, and neither \"from\" nor \"to\" names zones of "
                    "networks alone",
                    quote(limit.name)),
        document.networks.empty() ? "another key: the document has no networks"
                                  : fmt::format("\"from\": {}", quote(document.networks[0].zone)));
  }
}

bool complain(const RuleSet& set, const Document& document, const Node& list, Complaints& complaints) {
  for (const auto& [direction, text] :
       {std::pair(LimitDirection::kOriginal, "a packet"), std::pair(LimitDirection::kReply, "a reply")}) {
    const auto places = limits_in(set, document, direction);
    if (places.size() <= kMostLimitsPerFlow) continue;
    complaints.say(
        last_of(places, list),
        fmt::format("{} can be under {} limits at once: {}", text, places.size(), names_of(places, document)),
        fmt::format("at most {}; let them match less, or join some", kMostLimitsPerFlow));
    return true;
  }
  return false;
}

}   // namespace

void check_limits(const Document& document, const Node& root, Complaints& complaints) {
  if (document.limits.empty()) return;
  const Node& list = place(root, "limits");
  if (document.limits.size() > kMostLimits)
    return complaints.say(list, fmt::format("{} limits", with_commas(document.limits.size())),
                          fmt::format("at most {}", kMostLimits));
  check_endpoint_keys(document, list, complaints);
  const auto sets = LimitClasses(document).possible();
  if (!sets)
    return complaints.say(
        list, fmt::format("the limits match in more than {} combinations", with_commas(kMostLimitRows)),
        "fewer limits, or limits that match by fewer things");
  for (const RuleSet& set : *sets)
    if (complain(set, document, list, complaints)) return;
}

}   // namespace sluice::config
