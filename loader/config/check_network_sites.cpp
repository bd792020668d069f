// SPDX-License-Identifier: GPL-2.0-or-later
// What is behind the endpoints of a network, against who they are and against the network's resources.
#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>

#include "config/check.hpp"
#include "config/complaints.hpp"

namespace sluice::config {
namespace {

void check_they_are_sites(const Placed<Network>& network, Complaints& complaints) {
  if (network.value.type != NetworkType::kL3vpn) return;
  for_each_endpoint(network, [&](const NetworkEndpoint&, const Node& node) {
    const Node* type = node.member("type");
    if (type && type->text == to_string(EndpointType::kMobile))
      complaints.say(*type,
                     fmt::format("network {} on line {} is an l3vpn, whose endpoints are sites",
                                 quote(network.value.name), network.value.line),
                     "\"cpe\" or \"gateway\"");
  });
}

// Who has which prefix behind it. Few lengths are used, so the search for a prefix around another is short.
class PrefixOwners {
 public:
  explicit PrefixOwners(const Network& network) {
    for (const NetworkEndpoint& endpoint : network.endpoints)
      for (const Prefix& route : endpoint.routes) {
        owners_.try_emplace(route, &endpoint);
        lengths_.insert(route.length);
      }
    for (const Prefix& route : network.routes) {
      owners_.try_emplace(route, nullptr);
      lengths_.insert(route.length);
    }
  }

  using Found = std::pair<Prefix, const NetworkEndpoint*>;   // null: the gateway itself

  std::optional<Found> around(const Prefix& prefix) const {
    for (const uint8_t length : lengths_) {
      if (length > prefix.length) break;
      const auto at = owners_.find(Prefix::of({prefix.address, length}));
      if (at != owners_.end()) return *at;
    }
    return std::nullopt;
  }

 private:
  std::map<Prefix, const NetworkEndpoint*> owners_;
  std::set<uint8_t> lengths_;
};

using ListsByName = std::map<std::string_view, const std::vector<Prefix>*>;

ListsByName lists_of_sets(const Draft& draft) {
  ListsByName sets;
  for (const auto& set : draft.sets) sets.try_emplace(set.value.first, &set.value.second);
  return sets;
}

std::vector<const std::vector<Prefix>*> lists_of(const Resource& resource, const ListsByName& sets) {
  std::vector<const std::vector<Prefix>*> lists{&resource.to.prefixes};
  for (const std::string& name : resource.to.sets)
    if (const auto at = sets.find(name); at != sets.end()) lists.push_back(at->second);
  return lists;
}

// That would be the whole internet by the gateway, with what is private behind it.
void check_is_no_default(const Resource& resource, const Node& node, const ListsByName& sets,
                         Complaints& complaints) {
  for (const auto* list : lists_of(resource, sets))
    for (const Prefix& prefix : *list)
      if (prefix.length == 0)
        return complaints.say(
            node,
            fmt::format("{} is the internet, which a remote-resource network never is", prefix.to_string()),
            R"("type": "secure-internet", or the networks that are to be reached)");
}

// One complaint for each resource: a set may have thousands of members in the same site.
void check_is_elsewhere(const Resource& resource, const Node& node, const PrefixOwners& sites,
                        const ListsByName& sets, Complaints& complaints) {
  for (const auto* list : lists_of(resource, sets))
    for (const Prefix& prefix : *list) {
      const auto found = sites.around(prefix);
      if (!found) continue;
      const auto& [route, owner] = *found;
      return complaints.say(
          node,
          fmt::format("{} is in {}, which is {}", prefix.to_string(), route.to_string(),
                      owner ? fmt::format("behind endpoint {} on line {}", quote(owner->name), owner->line)
                            : "one of the gateway's own \"routes\""),
          owner ? "resources are at the gateway's side"
                : "either a resource, which is masqueraded, or a route");
    }
}

// What is reached and what is behind sites would both be routes of the network's VRF: the longer one would
// take the other's packets.
void check_resources(const Placed<Network>& network, const ListsByName& sets, Complaints& complaints) {
  if (network.value.resources.empty()) return;
  const PrefixOwners sites(network.value);
  const Node* node = network.node->member("resources")->first;
  for (const Resource& resource : network.value.resources) {
    if (network.value.type == NetworkType::kRemoteResource)
      check_is_no_default(resource, *node, sets, complaints);
    check_is_elsewhere(resource, *node, sites, sets, complaints);
    node = node->next;
  }
}

void check_keys_of_bgp(const Placed<Network>& network, Complaints& complaints) {
  const RoutingProtocol protocol = network.value.routing.protocol;
  if (protocol == RoutingProtocol::kBgp) return;
  for_each_endpoint(network, [&](const NetworkEndpoint&, const Node& node) {
    for (const std::string_view key : {"asn", "maximum_prefixes"})
      if (const Node* value = node.member(key);
          value && !(protocol == RoutingProtocol::kOspf && key == "maximum_prefixes"))
        complaints.say(*value,
                       fmt::format("network {} on line {} has no routing by BGP", quote(network.value.name),
                                   network.value.line),
                       R"("routing": { "bgp": { "asn": 65001 } } there, or no such key)");
  });
}

}   // namespace

void check_network_sites(Draft& draft) {
  if (draft.networks.empty()) return;
  const ListsByName sets = lists_of_sets(draft);
  for (const auto& network : draft.networks) {
    check_they_are_sites(network, draft.complaints);
    check_keys_of_bgp(network, draft.complaints);
    check_resources(network, sets, draft.complaints);
  }
}

}   // namespace sluice::config
