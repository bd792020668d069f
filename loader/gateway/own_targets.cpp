// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/own_targets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "model/mapping_request.hpp"

namespace sluice {
namespace {

using OwnAddresses = std::map<ForwardTarget, std::string>;   // by interface

bool is_vrf(const Observed& seen, const std::string& device) {
  const auto at = seen.links.find(device);
  return at != seen.links.end() && at->second.kind == "vrf";
}

void add_own(const InterfaceAddress& one, const std::string& vrf, const std::string& device,
             OwnAddresses& own) {
  own.try_emplace({one.address, vrf}, device);
  if (const auto all = address_of_all(one)) own.try_emplace({*all, vrf}, "all of the network of " + device);
}

// What sluice put there goes with the rule that it is for. The address space of a strange VRF is its own.
void add_seen(const Document& document, const Observed& seen, OwnAddresses& own) {
  for (const auto& [name, link] : seen.links) {
    const auto at = std::ranges::find(document.interfaces, name, &Interface::name);
    const bool is_known = at != document.interfaces.end();
    if (!is_known && is_vrf(seen, link.master)) continue;
    for (const ObservedAddress& one : link.addresses)
      if (!one.marked) add_own(one.address, is_known ? at->vrf : "", name, own);
  }
}

OwnAddresses own_addresses(const Document& document, const Observed& seen) {
  OwnAddresses own;
  for (const Interface& interface : document.interfaces)
    for (const InterfaceAddress& one : interface.addresses) add_own(one, interface.vrf, interface.name, own);
  add_seen(document, seen, own);
  return own;
}

std::set<std::string> asked_by_front(const Document& document) {
  std::set<std::string> services;
  for (const Site& site : document.sites)
    for (const SitePath& path : site.paths) services.insert(path.service);
  return services;
}

// A listener's own address is the gateway's, whoever puts it on an interface.
const std::string* owner_of(const Forward& forward, const ForwardTarget& target, const OwnAddresses& own) {
  static const std::string kListener = "the forward itself";
  if (const auto at = own.find(target); at != own.end()) return &at->second;
  const auto* listen = std::get_if<IpAddress>(&forward.listen);
  return listen && *listen == target.to && target.vrf.empty() ? &kListener : nullptr;
}

}   // namespace

std::optional<IpAddress> address_of_all(const InterfaceAddress& own) {
  if (own.length + 1 >= own.address.bits()) return std::nullopt;   // RFC 3021, RFC 6164
  const Prefix network = Prefix::of(own);
  return own.address.is_ipv4() ? network.last() : network.address;
}

std::vector<std::string> own_targets(const GatewayCandidate& candidate, const Observed& seen) {
  const Document& declared = candidate.declared ? *candidate.declared : candidate.document;
  std::vector<std::string> sentences;
  if (declared.forwards.empty()) return sentences;
  const OwnAddresses own = own_addresses(candidate.document, seen);
  const auto by_front = asked_by_front(declared);
  std::set<std::pair<std::string, ForwardTarget>> told;   // listeners of a service lead to the same
  for (const Forward& forward : declared.forwards) {
    // What somebody asked for holds up no document: it ends (MappingBook::settle).
    if (is_of_lease(forward) || (forward.service && by_front.contains(forward.name))) continue;
    for (const ForwardTarget& target : targets_of(forward)) {
      const std::string* owner = owner_of(forward, target, own);
      if (!owner || !told.emplace(forward.name, target).second) continue;
      sentences.push_back(fmt::format(
          "{} \"{}\" (line {}): {} is the gateway's own ({} has it), and nothing is led there: a "
          "program of the gateway listens where it is asked, and a policy to \"host\" lets in who asks",
          forward.service ? "service" : "forward", forward.name, forward.line, target.to.to_string(),
          *owner));
    }
  }
  return sentences;
}

}   // namespace sluice
