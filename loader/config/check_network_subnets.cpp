// SPDX-License-Identifier: GPL-2.0-or-later
// Subnets of networks, and what is behind their endpoints: an address that two of them have would silently
// belong to one.
#include <fmt/format.h>

#include <unordered_set>

#include "config/check.hpp"
#include "config/complaints.hpp"
#include "config/spans.hpp"

namespace sluice::config {
namespace {

enum class ClaimKind : uint8_t { kSubnet, kBehind, kAddress, kOther };

struct Claim {
  Prefix prefix;
  const Node* node;
  std::string owner;   // network "home"
  ClaimKind kind = ClaimKind::kOther;
  size_t network = 0;       // its place; of the document's other things 0
  bool is_led_to = false;   // from the main VRF, which the gateway's own networks of an l3vpn are in
  bool is_in_main = false;

  bool is_subnet() const { return kind == ClaimKind::kSubnet; }
  bool is_address() const { return kind == ClaimKind::kAddress; }
};
using Claims = std::vector<Claim>;

void claim_subnets(const Placed<Network>& network, size_t place, Claims& claims) {
  const auto claim = [&](const std::optional<Prefix>& subnet, std::string_view key) {
    if (subnet)
      claims.push_back({*subnet, network.node->member(key),
                        fmt::format("network {}", quote(network.value.name)), ClaimKind::kSubnet, place});
  };
  claim(network.value.subnet, "subnet");
  claim(network.value.subnet6, "subnet6");
}

// Addresses in a subnet of the document are compared in check_network_endpoints.cpp.
void claim_addresses(const Network& network, const NetworkEndpoint& endpoint, const Node& node,
                     const Claim& model, Claims& claims) {
  const auto claim = [&](const std::optional<IpAddress>& address, bool is_compared, std::string_view key) {
    if (!address || is_compared) return;
    claims.push_back(
        {Prefix::of_host(*address), node.member(key), model.owner, ClaimKind::kAddress, model.network});
  };
  claim(endpoint.address, network.subnet.has_value(), "address");
  claim(endpoint.address6, network.subnet6.has_value(), "address6");
}

void claim_items(const Node* list, Claim claim, Claims& claims) {
  if (!list || list->kind != Kind::kList) return;
  for (const Node& item : list->children()) {
    const auto prefix = Prefix::parse(item.text);
    if (!prefix) continue;
    claim.prefix = *prefix;
    claim.node = &item;
    claims.push_back(claim);
  }
}

void claim_behind(const Placed<Network>& network, size_t place, Claims& claims) {
  for_each_endpoint(network, [&](const NetworkEndpoint& endpoint, const Node& node) {
    Claim claim{{},
                nullptr,
                fmt::format("endpoint {} of network {}", quote(endpoint.name), quote(network.value.name)),
                ClaimKind::kBehind,
                place};
    claim.is_led_to = !network.value.routes.empty();
    claim_addresses(network.value, endpoint, node, claim, claims);
    claim_items(node.member("routes"), claim, claims);
  });
}

// What is behind the gateway itself.
void claim_own(const Placed<Network>& network, size_t place, Claims& claims) {
  if (network.value.type != NetworkType::kL3vpn) return;
  Claim claim{
      {}, nullptr, fmt::format("network {} itself", quote(network.value.name)), ClaimKind::kBehind, place};
  claim.is_in_main = true;
  claim_items(network.node->member("routes"), claim, claims);
}

void claim_interface(const Placed<Interface>& interface, Claims& claims) {
  const Node* list = interface.node->member("addresses");
  if (!list) return;
  for (const Node& item : list->children()) {
    const auto address = InterfaceAddress::parse(item.text);
    if (!address) continue;
    claims.push_back({Prefix::of(*address), &item, fmt::format("interface {}", quote(interface.value.name))});
    claims.back().is_in_main = interface.value.vrf.empty();
  }
}

// A default route leads to what nobody else has.
void claim_routes(const Placed<Vrf>& vrf, Claims& claims) {
  const Node* list = vrf.node->member("routes");
  if (!list) return;
  for (const Node& item : list->children()) {
    const Node* to = item.member("to");
    const auto prefix = to ? Prefix::parse(to->text) : std::nullopt;
    if (prefix && prefix->length > 0)
      claims.push_back({*prefix, to, fmt::format("a route of VRF {}", quote(vrf.value.name))});
  }
}

void complain_about_claims(const Claim& earlier, const Claim& later, Complaints& complaints) {
  complaints.say(*later.node,
                 fmt::format("{} overlaps {} of {} on line {}", later.prefix.to_string(),
                             earlier.prefix.to_string(), earlier.owner, complaints.line_of(*earlier.node)),
                 "networks lie apart, so that each address has one owner");
}

// The complaint is about the network, and among networks about what the text has later.
void complain_in_order(const Claim& one, const Claim& other, Complaints& complaints) {
  const bool one_is_earlier = one.kind == ClaimKind::kOther ||
                              (other.kind != ClaimKind::kOther && one.node->begin < other.node->begin);
  one_is_earlier ? complain_about_claims(one, other, complaints)
                 : complain_about_claims(other, one, complaints);
}

// A subnet against everything of its family, whatever VRF that is in: the gateway reaches both.
void check_subnets_apart(const Claims& claims, Complaints& complaints) {
  std::vector<Span<Family, IpAddress>> spans;
  for (size_t i = 0; i < claims.size(); ++i)
    spans.push_back(
        {claims[i].prefix.address.family(), claims[i].prefix.address, claims[i].prefix.last(), i});
  for (const auto& [earlier, later] : find_overlaps(std::move(spans)))
    if (claims[earlier].is_subnet() || claims[later].is_subnet())
      complain_in_order(claims[earlier], claims[later], complaints);
}

// What is behind the endpoints of one network; other networks may have the same, in VRFs of their own.
void check_behind_apart(const Claims& claims, Complaints& complaints) {
  std::vector<Span<std::pair<size_t, Family>, IpAddress>> spans;
  for (size_t i = 0; i < claims.size(); ++i)
    if (claims[i].kind == ClaimKind::kBehind || claims[i].is_address())
      spans.push_back({{claims[i].network, claims[i].prefix.address.family()},
                       claims[i].prefix.address,
                       claims[i].prefix.last(),
                       i});
  for (const auto& [earlier, later] : find_overlaps(std::move(spans)))
    if (!claims[earlier].is_address() || !claims[later].is_address())
      complain_in_order(claims[earlier], claims[later], complaints);
}

// What the main VRF leaves to networks' VRFs, against what it has itself.
void check_led_to_apart(const Claims& claims, Complaints& complaints) {
  std::vector<Span<Family, IpAddress>> spans;
  for (size_t i = 0; i < claims.size(); ++i)
    if ((claims[i].is_led_to && !claims[i].is_address()) || claims[i].is_in_main)
      spans.push_back(
          {claims[i].prefix.address.family(), claims[i].prefix.address, claims[i].prefix.last(), i});
  for (const auto& [earlier, later] : find_overlaps(std::move(spans))) {
    const Claim &one = claims[earlier], &other = claims[later];
    const bool is_told = one.kind == ClaimKind::kBehind && other.kind == ClaimKind::kBehind &&
                         one.network == other.network;   // check_behind_apart()
    if ((one.is_led_to || other.is_led_to) && !is_told) complain_in_order(one, other, complaints);
  }
}

}   // namespace

void check_network_subnets(Draft& draft) {
  if (draft.networks.empty()) return;
  Claims claims;
  for (size_t i = 0; i < draft.networks.size(); ++i) {
    claim_subnets(draft.networks[i], i, claims);
    claim_behind(draft.networks[i], i, claims);
    claim_own(draft.networks[i], i, claims);
  }
  for (const auto& interface : draft.interfaces) claim_interface(interface, claims);
  for (const auto& vrf : draft.vrfs) claim_routes(vrf, claims);
  check_subnets_apart(claims, draft.complaints);
  check_behind_apart(claims, draft.complaints);
  check_led_to_apart(claims, draft.complaints);
}

}   // namespace sluice::config
