// SPDX-License-Identifier: GPL-2.0-or-later
// A service becomes a forward for each address that it listens on, with the addresses of its backends: what
// is checked, compiled and carried from here on are forwards.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "base/text.hpp"
#include "config/check.hpp"
#include "config/complaints.hpp"
#include "config/read.hpp"

namespace sluice::config {
namespace {

constexpr Family kBothFamilies[] = {Family::kIpv4, Family::kIpv6};

std::string vrf_of_zone(const std::string& zone, const Draft& draft) {
  for (const auto& [interface, node] : draft.interfaces)
    if (interface.zone == zone) return interface.vrf;
  for (const auto& [network, node] : draft.networks)
    if (network.zone == zone) return network.vrf;
  return "";
}

std::string vrf_called(const std::string& vrf) { return quote(vrf.empty() ? std::string(kMainVrf) : vrf); }

// Over an underlay.
struct Way {
  std::string zone, vrf;
};

class Expansion {
 public:
  Expansion(const Placed<PublishedService>& service, Draft& draft)
      : service_(service.value), node_(*service.node), draft_(draft) {
    for (const auto& [underlay, node] : draft.underlays)
      ways_.emplace(underlay.name, Way{underlay.zone, vrf_of_zone(underlay.zone, draft)});
  }

  void expand() {
    check_vrfs();
    for (const auto& listen : service_.listen)
      for (const Family family : families_of(listen)) listens_.add(family);
    for (const Family family : kBothFamilies) {
      if (!listens_.in(family)) continue;
      Balancing balancing = balance(family);
      if (members_exceed(balancing) || shares_exceed(balancing)) return;
      balancing_[family == Family::kIpv6] = std::make_shared<const Balancing>(std::move(balancing));
    }
    for (const auto& listen : service_.listen) add_listener(listen);
    check_source_prefix();
  }

 private:
  static size_t index(Family family) { return family == Family::kIpv6; }
  const std::shared_ptr<const Balancing>& of(Family family) const { return balancing_[index(family)]; }
  const Way* way(const std::string& underlay) const {
    const auto at = ways_.find(underlay);
    return at == ways_.end() ? nullptr : &at->second;
  }

  Balancing balance(Family family) const {
    Balancing balancing{.balance = service_.balance,
                        .by_source = service_.by_source,
                        .sticky_for = service_.sticky_for,
                        .grace = service_.grace,
                        .health = service_.health,
                        .resets_on_down = service_.resets_on_down,
                        .source_prefix = service_.source_prefix,
                        .members = {}};
    for (const Backend& backend : service_.backends)
      for (const auto& [name, address] : backend.addresses)
        if (const Way* way = this->way(name))
          balancing.members.push_back(
              {.backend = backend.name,
               .underlay = name,
               .to = address.address,
               .port = address.port,
               .vrf = way->vrf,
               .weight = backend.weight,
               .state = declared_state(service_, backend, name, address.address.family(), family, listens_),
               .until = backend.drain ? backend.drain->until : std::nullopt});
    return balancing;
  }

  bool members_exceed(const Balancing& balancing) const {
    if (balancing.members.size() <= kMostMembers) return false;
    draft_.complaints.say(*node_.member("backends"),
                          fmt::format("the backends have {} addresses", balancing.members.size()),
                          fmt::format("{} at most, for each service", kMostMembers));
    return true;
  }

  // Round robin has a turn for each unit of weight.
  bool shares_exceed(const Balancing& balancing) const {
    uint64_t turns = 0;
    for (const uint32_t share : shares_of(balancing)) turns += share;
    if (turns <= kMostTurns) return false;
    draft_.complaints.say(*node_.member("backends"),
                          fmt::format("the weights need {} turns, and {} is the most", with_commas(turns),
                                      with_commas(kMostTurns)),
                          "smaller weights, or ones that are multiples of each other");
    return true;
  }

  void check_vrfs() const {
    const Node* node = node_.member("vrf");
    if (!node) return;
    for (const Backend& backend : service_.backends)
      for (const auto& [name, address] : backend.addresses) {
        const Way* way = this->way(name);
        if (way && way->vrf != service_.vrf)
          return draft_.complaints.say(*node,
                                       fmt::format("zone {} of underlay {} lies in VRF {}", quote(way->zone),
                                                   quote(name), vrf_called(way->vrf)),
                                       fmt::format("{}, or leave \"vrf\" out", vrf_called(way->vrf)));
      }
  }

  void add_listener(const std::variant<IpAddress, std::string>& listen) {
    for (const Family family : families_of(listen)) add(listen, family);
  }

  bool is_backend_of(Family family) const {
    return std::ranges::any_of(service_.backends, [&](const Backend& backend) {
      return std::ranges::any_of(backend.addresses,
                                 [&](const auto& one) { return one.second.address.family() == family; });
    });
  }

  std::vector<Family> families_of(const std::variant<IpAddress, std::string>& listen) const {
    if (const auto* address = std::get_if<IpAddress>(&listen)) return {address->family()};
    return families_of_interface(std::get<std::string>(listen));
  }

  // Those that it has and backends have; where there are none, those that it has.
  std::vector<Family> families_of_interface(const std::string& name) const {
    std::vector<Family> served, has, both;
    for (const Family family : kBothFamilies)
      if (is_backend_of(family)) served.push_back(family);
    for (const auto& [interface, node] : draft_.interfaces)
      if (interface.name == name)
        for (const Family family : kBothFamilies)
          if (std::ranges::any_of(interface.addresses,
                                  [&](const auto& own) { return own.address.family() == family; }))
            has.push_back(family);
    std::ranges::set_intersection(served, has, std::back_inserter(both));
    return !both.empty() ? both : !has.empty() ? has : served;
  }

  void add(const std::variant<IpAddress, std::string>& listen, Family family) {
    const auto& balancing = of(family);
    if (balancing->members.empty() || service_.ports.empty()) return;
    const Member& first = balancing->members.front();
    Forward forward{.name = service_.name,
                    .listen = listen,
                    .protocols = service_.protocols,
                    .ports = service_.ports,
                    .to = *IpAddress::parse(family == Family::kIpv4 ? "0.0.0.0" : "::"),
                    .to_port = first.port ? std::optional(first.port) : std::nullopt,
                    .vrf = first.vrf,
                    .source = service_.source,
                    .half_open = std::nullopt,
                    .service = balancing,
                    .line = service_.line};
    draft_.forwards.push_back({std::move(forward), &node_});
    warn_of_nobody(*balancing, family);
  }

  void warn_of_nobody(const Balancing& balancing, Family family) {
    const bool any_serves =
        std::ranges::any_of(shares_of(balancing), [](uint32_t share) { return share > 0; });
    if (any_serves || warned_[index(family)]) return;
    warned_[index(family)] = true;
    draft_.complaints.warn(node_,
                           fmt::format("no backend of service {} takes new flows of {}", quote(service_.name),
                                       to_string(family)),
                           "they are refused");
  }

  void check_source_prefix() const {
    const Node* node = node_.member("source_prefix");
    if (!node || !service_.source_prefix) return;
    if (!listens_.ipv4 || !is_backend_of(Family::kIpv6))
      draft_.complaints.say(*node, "sources of IPv4 lead to no backend of IPv6, so that nobody gets it",
                            R"("listen" on an IPv4 address, and backends with an IPv6 address)");
  }

  const PublishedService& service_;
  const Node& node_;
  Draft& draft_;
  std::map<std::string, Way> ways_;                 // by underlays
  std::shared_ptr<const Balancing> balancing_[2];   // IPv4, IPv6
  ListensIn listens_;
  bool warned_[2] = {false, false};
};

// Counters and limits go by names.
void check_service_names(Draft& draft) {
  std::map<std::string_view, int> forwards;
  for (const auto& [forward, node] : draft.forwards) forwards.emplace(forward.name, forward.line);
  for (const auto& [service, node] : draft.services)
    if (const auto at = forwards.find(service.name); at != forwards.end())
      draft.complaints.say_about_key(
          *node,
          fmt::format("the name {} is that of the forward on line {}", quote(service.name), at->second),
          "names are unique, counters go by them");
}

// More than one process can ask.
void check_number_of_targets(Draft& draft) {
  size_t targets = 0;
  for (const auto& [service, node] : draft.services) {
    if (service.health.type == CheckType::kNone) continue;
    for (const Backend& backend : service.backends) targets += backend.addresses.size();
    if (targets > kMostTargets)
      return draft.complaints.say(
          *node->member("health"),
          fmt::format("more than {} addresses are asked how they are", with_commas(kMostTargets)),
          R"("type": "none" for some services)");
  }
}

}   // namespace

void expand_services(Draft& draft) {
  check_service_names(draft);
  check_number_of_targets(draft);
  for (const auto& service : draft.services) Expansion(service, draft).expand();
}

}   // namespace sluice::config
