// SPDX-License-Identifier: GPL-2.0-or-later
// Hosts ask for ports: whom is heard, what they get, and when that is over.
#include <netinet/in.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "gateway/gateway.hpp"
#include "gateway/own_targets.hpp"
#include "kernel/listening.hpp"
#include "kernel/observe.hpp"

namespace sluice {
namespace {

using std::chrono::system_clock;

MappingBook::Time now_in_seconds() { return std::chrono::floor<std::chrono::seconds>(system_clock::now()); }

template <class T>
void add_once(std::vector<T>& all, T one) {
  if (std::ranges::find(all, one) == all.end()) all.push_back(std::move(one));
}

void add_address(MappingZone& zone, const InterfaceAddress& own, const std::string& device) {
  if (own.address.is_link_local()) return;
  add_once(zone.places, ListenPlace{own.address, device});
  add_once(zone.hosts, Prefix::of(own));
}

// The addresses that the document gives an interface, and others that it has.
std::vector<InterfaceAddress> addresses_of(const Interface& interface, const Observed& seen) {
  std::vector<InterfaceAddress> all = interface.addresses;
  if (const auto link = seen.links.find(interface.name); link != seen.links.end())
    for (const ObservedAddress& own : link->second.addresses) add_once(all, own.address);
  return all;
}

std::optional<IpAddress> address_of(const Document& document, const Observed& seen,
                                    const OutsidePlace& outside) {
  if (const auto* address = std::get_if<IpAddress>(&outside)) return *address;
  const auto at = std::ranges::find(document.interfaces, std::get<std::string>(outside), &Interface::name);
  if (at == document.interfaces.end()) return std::nullopt;
  for (const InterfaceAddress& own : addresses_of(*at, seen))
    if (own.address.is_ipv4()) return own.address;
  return std::nullopt;
}

// By VRF: an address of the gateway in one is somebody else's in another. Devices that the document does not
// have are in the main one.
using OwnAddressesByVrf = std::map<std::string, std::vector<InterfaceAddress>>;

OwnAddressesByVrf own_addresses_by_vrf(const Document& document, const Observed& seen) {
  OwnAddressesByVrf all;
  std::set<std::string> known;
  for (const Interface& interface : document.interfaces) {
    known.insert(interface.name);
    std::ranges::move(addresses_of(interface, seen), std::back_inserter(all[interface.vrf]));
  }
  for (const auto& [name, link] : seen.links)
    if (!known.contains(name))
      for (const ObservedAddress& own : link.addresses) all[""].push_back(own.address);
  return all;
}

void take_out(const IpAddress& address, std::vector<Prefix>& hosts) {
  std::vector<Prefix> left;
  for (const Prefix& prefix : hosts)
    if (prefix.contains(address))
      std::ranges::move(difference(prefix, Prefix::of_host(address)), std::back_inserter(left));
    else
      left.push_back(prefix);
  hosts = std::move(left);
}

// What leads to the gateway itself is no host. IPv6 has no mappings.
void take_own_out(const std::vector<InterfaceAddress>& own, std::vector<Prefix>& hosts) {
  for (const InterfaceAddress& one : own) {
    if (!one.address.is_ipv4()) continue;
    take_out(one.address, hosts);
    if (const auto all = address_of_all(one)) take_out(*all, hosts);
  }
}

MappingZone mapping_zone(const Document& document, const Observed& seen, const OwnAddressesByVrf& own_by_vrf,
                         const std::string& name) {
  MappingZone zone{.name = name, .places = {}, .hosts = {}, .outside = {}};
  std::string vrf;   // one, of all its interfaces
  for (const Interface& interface : document.interfaces) {
    if (interface.zone != name || !seen.links.contains(interface.name)) continue;
    for (const InterfaceAddress& own : addresses_of(interface, seen)) add_address(zone, own, interface.name);
    for (const Prefix& behind : interface.behind) add_once(zone.hosts, behind);
    vrf = interface.vrf;
  }
  if (const auto own = own_by_vrf.find(vrf); own != own_by_vrf.end()) take_own_out(own->second, zone.hosts);
  if (const auto outside = outside_of_zone(document, name))
    zone.outside = address_of(document, seen, *outside);
  return zone;
}

// Whether they are the same forwards.
bool lead_alike(const MappingBook::Leases& one, const MappingBook::Leases& other) {
  return std::ranges::equal(one, other, [](const auto& a, const auto& b) {
    return a.first == b.first && a.second.outside_port == b.second.outside_port;
  });
}

}   // namespace

void Gateway::note_mapping_news(MappingNews news) {
  for (const std::string& trouble : mapping_news_.troubles) std::erase(degraded_, trouble);
  mapping_news_ = std::move(news);
  degraded_.insert(degraded_.end(), mapping_news_.troubles.begin(), mapping_news_.troubles.end());
}

Result<MappingOrder> Gateway::mapping_order() {
  MappingOrder order;
  if (!current_ || !current_->document.mapping_requests) return order;
  const Document& document = current_->document;
  const Observed seen = TRY(observe_network());
  const OwnAddressesByVrf own = own_addresses_by_vrf(document, seen);
  std::map<std::string, IpAddress> outside;
  for (const std::string& name : document.mapping_requests->from) {
    order.zones.push_back(mapping_zone(document, seen, own, name));
    if (order.zones.back().outside) outside.emplace(name, *order.zones.back().outside);
  }
  mappings_.note_outside(outside, now_in_seconds());
  TRY(mappings_.keep());
  order.third_party = document.mapping_requests->third_party;
  order.longest = document.mapping_requests->lifetime;
  order.start = mappings_.start();
  return order;
}

// Sockets of the machine and mappings of masquerades too; a masquerade takes no port that a forward has.
Result<TakenPorts> Gateway::taken_ports() {
  TakenPorts taken = TakenPorts::of(current_->document);
  for (const uint16_t port : TRY(listening_ports()))
    for (const uint8_t protocol : {IPPROTO_TCP, IPPROTO_UDP}) taken.take(protocol, {port, port});
  for (const MappingState& mapping : TRY(engine().mappings()))
    taken.take(mapping.protocol, {mapping.outside_port, mapping.outside_port});
  return taken;
}

// The rules and the file have the leases when this returns, or those of before. Answers to flows that the
// rules do not allow any more end with them.
Result<> Gateway::put_leases(MappingBook::Leases before) {
  const bool exchanges = !lead_alike(before, mappings_.leases());
  const auto put = [&]() -> Result<> {
    if (exchanges) {
      mappings_.settle(current_->document);
      TRY(exchange_rules());
    }
    return mappings_.keep();
  };
  const auto done = put();
  if (done) {
    if (exchanges) TRY(engine().gc(Engine::Gc::kDisallowed));
    return {};
  }
  mappings_.put_back(std::move(before));
  mappings_.settle(current_->document);
  return done;
}

Result<std::vector<MappingAnswer>> Gateway::answer_mappings(const std::vector<MappingRequest>& requests) {
  if (!current_ || !current_->document.mapping_requests) return fail("no document is in force that has them");
  const bool any_new = std::ranges::any_of(requests, [&](const auto& one) { return mappings_.is_new(one); });
  const TakenPorts taken = any_new ? TRY(taken_ports()) : TakenPorts();
  auto before = mappings_.leases();
  std::vector<MappingAnswer> answers;
  for (const MappingRequest& request : requests)
    answers.push_back(mappings_.heed(current_->document, request, taken, now_in_seconds()));
  TRY(put_leases(std::move(before)));
  return answers;
}

Result<> Gateway::end_mappings() {
  if (!current_ || mappings_.leases().empty()) return {};
  auto before = mappings_.leases();
  if (!mappings_.prune(current_->document, now_in_seconds())) return {};
  return put_leases(std::move(before));
}

std::optional<std::chrono::milliseconds> Gateway::mapping_time_left() const {
  const auto next = current_ ? mappings_.next() : std::nullopt;
  if (!next) return std::nullopt;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - system_clock::now());
  return std::max(left, std::chrono::milliseconds(0));
}

}   // namespace sluice
