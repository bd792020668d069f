// SPDX-License-Identifier: GPL-2.0-or-later
// A service becomes a forward for each address that it listens on, with the addresses of its backends of that
// family: what is checked, compiled and carried from here on are forwards.
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

class Expansion {
 public:
  Expansion(const Placed<PublishedService>& service, Draft& draft)
      : service_(service.value), node_(*service.node), draft_(draft) {}

  void expand() {
    check_vrfs();
    for (const Family family : kBothFamilies) {
      Balancing balancing = balance(family);
      if (shares_exceed(balancing)) return;
      balancing_[family == Family::kIpv6] = std::make_shared<const Balancing>(std::move(balancing));
    }
    size_t at = 0;
    for (const auto& listen : service_.listen) add_listener(listen, listen_node(at++));
    check_every_address_used();
  }

 private:
  static size_t index(Family family) { return family == Family::kIpv6; }
  const std::shared_ptr<const Balancing>& of(Family family) const { return balancing_[index(family)]; }
  const ServiceUnderlay* underlay(const std::string& name) const {
    for (const auto& [underlay, node] : draft_.underlays)
      if (underlay.name == name) return &underlay;
    return nullptr;
  }
  // Where one was not read, its complaint stands for all.
  const Node& listen_node(size_t at) const {
    const Node& list = *node_.member("listen");
    if (list.kind != Kind::kList || list.count != service_.listen.size()) return list;
    const Node* item = list.first;
    while (at-- > 0) item = item->next;
    return *item;
  }
  const Node& backend_node(const Backend& backend) const {
    for (const Node& item : node_.member("backends")->children())
      if (const Node* name = item.member("name"); name && name->text == backend.name) return item;
    return *node_.member("backends");
  }

  // A preferred address is of use where it may carry; another one of the same family stands by.
  MemberState state_of(const Backend& backend, const std::string& underlay, Family family) const {
    if (!service_.mode.empty() && service_.mode != underlay) return MemberState::kForbidden;
    if (backend.drain) return MemberState::kDraining;
    const bool has_preferred = std::ranges::any_of(backend.addresses, [&](const auto& one) {
      return one.first == service_.prefer && one.second.address.family() == family;
    });
    const bool may_be_preferred = service_.mode.empty() || service_.mode == service_.prefer;
    return has_preferred && may_be_preferred && underlay != service_.prefer ? MemberState::kReserve
                                                                            : MemberState::kServes;
  }

  Balancing balance(Family family) const {
    Balancing balancing{.balance = service_.balance,
                        .by_source = service_.by_source,
                        .grace = service_.grace,
                        .health = service_.health,
                        .resets_on_down = service_.resets_on_down,
                        .members = {}};
    for (const Backend& backend : service_.backends)
      for (const auto& [name, address] : backend.addresses)
        if (const ServiceUnderlay* way = underlay(name); way && address.address.family() == family)
          balancing.members.push_back({.backend = backend.name,
                                       .underlay = name,
                                       .to = address.address,
                                       .port = address.port,
                                       .vrf = vrf_of_zone(way->zone, draft_),
                                       .weight = backend.weight,
                                       .state = state_of(backend, name, family),
                                       .until = backend.drain ? backend.drain->until : std::nullopt});
    return balancing;
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
        const ServiceUnderlay* way = underlay(name);
        const std::string vrf = way ? vrf_of_zone(way->zone, draft_) : service_.vrf;
        if (vrf != service_.vrf)
          return draft_.complaints.say(*node,
                                       fmt::format("zone {} of underlay {} lies in VRF {}", quote(way->zone),
                                                   quote(name), vrf_called(vrf)),
                                       fmt::format("{}, or leave \"vrf\" out", vrf_called(vrf)));
      }
  }

  void add_listener(const std::variant<IpAddress, std::string>& listen, const Node& node) {
    if (const auto* address = std::get_if<IpAddress>(&listen)) {
      if (!service_.backends.empty() && of(address->family())->members.empty())
        return draft_.complaints.say(
            node,
            fmt::format(
                "{} is {}, and no backend has such an address: services between families are not supported",
                address->to_string(), to_string(address->family())),
            fmt::format("a backend with an address that is {}", to_string(address->family())));
      return add(listen, address->family());
    }
    for (const Family family : families_of(std::get<std::string>(listen))) add(listen, family);
  }

  // Of an interface those that it has and backends have; of one that has others, all: what is wrong is said
  // then.
  std::vector<Family> families_of(const std::string& name) const {
    std::vector<Family> served, both;
    for (const Family family : kBothFamilies)
      if (!of(family)->members.empty()) served.push_back(family);
    for (const auto& [interface, node] : draft_.interfaces)
      if (interface.name == name)
        for (const Family family : served)
          if (std::ranges::any_of(interface.addresses,
                                  [&](const auto& own) { return own.address.family() == family; }))
            both.push_back(family);
    return both.empty() ? served : both;
  }

  void add(const std::variant<IpAddress, std::string>& listen, Family family) {
    is_used_[index(family)] = true;
    const auto& balancing = of(family);
    if (balancing->members.empty() || service_.ports.empty()) return;
    const Member& first = balancing->members.front();
    Forward forward{.name = service_.name,
                    .listen = listen,
                    .protocols = service_.protocols,
                    .ports = service_.ports,
                    .to = first.to,
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

  void check_every_address_used() const {
    for (const Backend& backend : service_.backends)
      for (const auto& [underlay, address] : backend.addresses)
        if (!is_used_[index(address.address.family())] && !service_.listen.empty())
          draft_.complaints.say(
              *backend_node(backend).member(underlay),
              fmt::format(
                  "{} is {}, and the service listens on no such address: services between families are "
                  "not supported",
                  to_string(address), to_string(address.address.family())),
              fmt::format("listen on an address that is {} as well", to_string(address.address.family())));
  }

  const PublishedService& service_;
  const Node& node_;
  Draft& draft_;
  std::shared_ptr<const Balancing> balancing_[2];   // IPv4, IPv6
  bool is_used_[2] = {false, false}, warned_[2] = {false, false};
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
