// SPDX-License-Identifier: GPL-2.0-or-later
// What masquerades say of their mappings: each by itself, and those that may share an outside address.
#include <fmt/format.h>

#include <map>
#include <set>

#include "base/text.hpp"
#include "config/check.hpp"
#include "config/complaints.hpp"
#include "config/spans.hpp"
#include "model/port_blocks.hpp"

namespace sluice::config {
namespace {

using PlacedMasquerade = Placed<Masquerade>;

bool is_per_destination(const Masquerade& masquerade) {
  return masquerade.mapping == Mapping::kPerDestination;
}

// A port that serves several inside hosts has no owner that could be named, counted, or called by others.
void check_per_destination(const Masquerade& masquerade, const Node& node, Complaints& complaints) {
  if (!is_per_destination(masquerade)) return;
  const auto refuse = [&](std::string_view key, std::string_view why) {
    complaints.say(place(node, key), fmt::format("not with \"mapping\": \"per-destination\": {}", why),
                   R"("mapping": "endpoint-independent")");
  };
  if (masquerade.filtering != Filtering::kAddressAndPortDependent)
    refuse("filtering", "a port has an owner for each destination only");
  if (masquerade.deterministic) refuse("deterministic", "it has no ports of a host's own");
  if (masquerade.log) refuse("log", "without destinations, which are not logged, a port has many owners");
  if (masquerade.mappings_per_host)
    refuse("mappings_per_host", "it makes no mappings; tables.flows_per_host limits a host");
  if (masquerade.quota) refuse("quota", "it makes no mappings; tables.flows_per_host limits a host");
}

void check_blocks_fit(const Masquerade& masquerade, const Node& node, Complaints& complaints) {
  const PortBlocks blocks = port_blocks(masquerade);
  if (blocks.fit() || blocks.addresses == 0) return;
  const auto pool =
      fmt::format("the pool has {} ports", with_commas(blocks.addresses * masquerade.ports.size()));
  const auto hosts = masquerade.deterministic->inside.to_string();
  if (blocks.most == 0)
    complaints.say(place(node, "inside"), fmt::format("{}, not one for each address of {}", pool, hosts),
                   "a larger pool, or fewer hosts");
  else
    complaints.say(place(node, "ports_per_host"), fmt::format("{} for the addresses of {}", pool, hosts),
                   fmt::format("at most {} each", with_commas(blocks.most)));
}

void check_deterministic(const Masquerade& masquerade, const Node& node, Complaints& complaints) {
  if (!masquerade.deterministic) return;
  const Node& value = place(node, "deterministic");
  if (masquerade.addresses.empty())
    return complaints.say(value, "\"deterministic\" needs \"addresses\"",
                          "the pool whose ports are shared out");
  const Prefix& inside = masquerade.deterministic->inside;
  const bool ipv4 = inside.address.is_ipv4();
  if (masquerade.ipv4 == ipv4 && masquerade.ipv6 == !ipv4)
    return check_blocks_fit(masquerade, value, complaints);
  const auto family = to_string(inside.address.family());
  complaints.say(
      place(value, "inside"),
      fmt::format("{} is {}, and the masquerade is not for this family alone", inside.to_string(), family),
      fmt::format("\"family\": \"{}\"", family));
}

bool behave_alike(const Masquerade& a, const Masquerade& b) {
  return is_per_destination(a) == is_per_destination(b) && a.filtering == b.filtering;
}

void complain(const PlacedMasquerade& earlier, const PlacedMasquerade& later, Complaints& complaints) {
  const bool mapping = is_per_destination(earlier.value) != is_per_destination(later.value);
  complaints.say(
      place(*later.node, mapping ? "mapping" : "filtering"),
      fmt::format("masquerade {} on line {} may use the same outside addresses, with another {}",
                  quote(earlier.value.name), earlier.value.line, mapping ? "mapping" : "filtering"),
      "the same for both, or pools that do not overlap");
}

// Outside addresses by family; where the document does not know them, the zone stands for them.
using Shared = std::pair<Family, std::string_view>;
using OutsideSpan = Span<Shared, IpAddress>;

class OutsideAddresses {
 public:
  explicit OutsideAddresses(const Draft& draft) : draft_(draft) {
    for (const auto& [interface, node] : draft.interfaces) in_zone_[interface.zone].push_back(&interface);
  }

  std::vector<OutsideSpan> all() {
    for (size_t i = 0; i < draft_.masquerades.size(); ++i) {
      const Masquerade& masquerade = draft_.masquerades[i].value;
      for (const AddressRange& range : masquerade.addresses)
        spans_.push_back({{range.first.family(), ""}, range.first, range.last, i});
      if (!masquerade.addresses.empty()) continue;
      if (masquerade.ipv4) add_own(masquerade, Family::kIpv4, i);
      if (masquerade.ipv6) add_own(masquerade, Family::kIpv6, i);
    }
    return std::move(spans_);
  }

 private:
  // All that leave by a zone meet on its axis; the first of them stands for them among the pools.
  void add_own(const Masquerade& masquerade, Family family, size_t owner) {
    for (const std::string& zone : masquerade.to) {
      spans_.push_back({{family, zone}, {}, {}, owner});
      if (!first_of_.try_emplace({family, zone}, owner).second) continue;
      for (const Interface* interface : in_zone_[zone])
        for (const InterfaceAddress& own : interface->addresses)
          if (own.address.family() == family)
            spans_.push_back({{family, ""}, own.address, own.address, owner});
    }
  }

  const Draft& draft_;
  std::map<std::string_view, std::vector<const Interface*>> in_zone_;
  std::map<Shared, size_t> first_of_;
  std::vector<OutsideSpan> spans_;
};

}   // namespace

void check_mappings(Draft& draft) {
  for (const auto& [masquerade, node] : draft.masquerades) {
    check_per_destination(masquerade, *node, draft.complaints);
    check_deterministic(masquerade, *node, draft.complaints);
  }
  const auto& all = draft.masquerades;
  std::set<size_t> said;   // one complaint for a masquerade is enough
  for (const auto& [earlier, later] : find_overlaps(OutsideAddresses(draft).all()))
    if (!behave_alike(all[earlier].value, all[later].value) && said.insert(later).second)
      complain(all[earlier], all[later], draft.complaints);
}

}   // namespace sluice::config
