// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/mapping_book.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>

#include "gateway/own_targets.hpp"

namespace sluice {
namespace {

using std::chrono::seconds;

bool asks_for(const Document& document, const std::string& zone) {
  return document.mapping_requests &&
         std::ranges::find(document.mapping_requests->from, zone) != document.mapping_requests->from.end();
}

std::string vrf_of_zone(const Document& document, const std::string& zone) {
  const auto at = std::ranges::find(document.interfaces, zone, &Interface::zone);
  return at == document.interfaces.end() ? "" : at->vrf;
}

// What there is for all zones, how much of it is given, and how much of that to one of them.
struct Shared {
  size_t room = 0, given = 0, own = 0;

  void add(bool is_own) {
    ++given;
    own += is_own;
  }
  // Nobody is refused while a quarter is free; after that, whoever has an equal part gets no more.
  bool has_part(size_t zones) const {
    return given < room && (given < room - room / 4 || own < room / zones);
  }
};

size_t free_ports(uint8_t protocol, const PortRange& ports, const TakenPorts& taken) {
  size_t count = 0;
  for (uint32_t port = ports.first; port <= ports.last; ++port)
    count += !taken.has(protocol, static_cast<uint16_t>(port));
  return count;
}

// One tenant with many addresses leaves the others theirs.
bool has_share(const MappingBook::Leases& leases, const MappingRequests& requests, const LeaseKey& asking,
               const TakenPorts& taken) {
  const size_t zones = requests.from.size();
  if (zones == 1) return leases.size() < kMostLeases;
  Shared all{.room = kMostLeases};
  Shared ports{.room = free_ports(asking.protocol, requests.ports, taken)};
  for (const auto& [key, lease] : leases) {
    all.add(key.zone == asking.zone);
    if (key.protocol == asking.protocol) ports.add(key.zone == asking.zone);
  }
  return all.has_part(zones) && ports.has_part(zones);
}

MappingAnswer refuse(const MappingRequest& request, MappingResult why) {
  return {.number = request.number, .result = why, .port = 0, .life = seconds(0)};
}

// With its VRF: what the document gives the gateway, and what the gateway has with all others of a network.
std::set<std::pair<std::string, IpAddress>> addresses_of_gateway(const Document& document) {
  std::set<std::pair<std::string, IpAddress>> own;
  for (const Interface& interface : document.interfaces)
    for (const InterfaceAddress& one : interface.addresses) {
      own.emplace(interface.vrf, one.address);
      if (const auto all = address_of_all(one)) own.emplace(interface.vrf, *all);
    }
  return own;
}

Forward forward_of(const Document& document, const LeaseKey& key, const Lease& lease,
                   const OutsidePlace& outside) {
  Forward forward;
  forward.name = name_of_lease(key);
  forward.listen = outside;
  forward.protocols = {key.protocol};
  forward.ports = {{lease.outside_port, lease.outside_port}};
  forward.to = key.host;
  forward.to_port = key.port;
  forward.vrf = vrf_of_zone(document, key.zone);
  forward.line = document.mapping_requests->line;
  return forward;
}

}   // namespace

bool MappingBook::is_new(const MappingRequest& request) const {
  return request.life > seconds(0) && !leases_.contains(request.key);
}

void MappingBook::put(const LeaseKey& key, Lease lease) {
  by_port_.insert_or_assign({key.protocol, lease.outside_port}, key);
  leases_.insert_or_assign(key, std::move(lease));
  file_.note_change();
}

void MappingBook::end(Leases::iterator lease) {
  by_port_.erase({lease->first.protocol, lease->second.outside_port});
  leases_.erase(lease);
  file_.note_change();
}

void MappingBook::put_back(Leases&& leases) {
  leases_.clear();
  by_port_.clear();
  for (auto& [key, lease] : leases) put(key, std::move(lease));
}

MappingAnswer MappingBook::end_all(const MappingRequest& request) {
  LeaseKey first = request.key;
  first.port = 0;
  for (auto one = leases_.lower_bound(first); one != leases_.end();) {
    const LeaseKey& key = one->first;
    if (key.zone != first.zone || key.host != first.host || key.protocol != first.protocol) break;
    const auto lease = one++;
    if (lease->second.nonce.empty()) end(lease);
  }
  return refuse(request, MappingResult::kGranted);
}

// A mapping belongs to who made it: with another nonce nobody learns of it, prolongs it or ends it.
MappingAnswer MappingBook::heed(const Document& document, const MappingRequest& request,
                                const TakenPorts& taken, Time now) {
  if (!asks_for(document, request.key.zone)) return refuse(request, MappingResult::kNotAuthorized);
  if (request.all) return end_all(request);
  const auto known = leases_.find(request.key);
  if (known == leases_.end())
    return request.life > seconds(0) ? make(document, request, taken, now)
                                     : refuse(request, MappingResult::kGranted);
  Lease& lease = known->second;
  if (lease.nonce != request.nonce) return refuse(request, MappingResult::kNotAuthorized);
  if (request.life == seconds(0)) {
    end(known);
    return refuse(request, MappingResult::kGranted);
  }
  if (request.exactly && request.wanted_port && request.wanted_port != lease.outside_port)
    return refuse(request, MappingResult::kNotThatPort);
  const seconds life = std::min(request.life, document.mapping_requests->lifetime);
  lease.until = now + life;
  file_.note_change();
  return {request.number, MappingResult::kGranted, lease.outside_port, life};
}

bool MappingBook::has_room(const Document& document, const LeaseKey& key) const {
  const auto first = leases_.lower_bound({key.zone, key.host, 0, 0});
  uint32_t count = 0;
  for (auto one = first; one != leases_.end() && one->first.zone == key.zone && one->first.host == key.host;
       ++one)
    ++count;
  return count < document.mapping_requests->per_host;
}

bool MappingBook::is_free(uint8_t protocol, uint16_t port, const TakenPorts& taken) const {
  return !taken.has(protocol, port) && !by_port_.contains({protocol, port});
}

// The wanted one, the host's own, or the next one that is free, so that equal requests of other hosts lie
// side by side.
std::optional<uint16_t> MappingBook::find_port(const Document& document, const MappingRequest& request,
                                               const TakenPorts& taken) const {
  const PortRange& ports = document.mapping_requests->ports;
  const uint16_t wanted = request.wanted_port ? request.wanted_port : request.key.port;
  const bool is_within = ports.contains(wanted);
  if (is_within && is_free(request.key.protocol, wanted, taken)) return wanted;
  if (request.exactly && request.wanted_port) return std::nullopt;
  const uint32_t begin = is_within ? wanted - ports.first : 0;
  for (uint32_t i = 0; i < ports.size(); ++i) {
    const auto port = static_cast<uint16_t>(ports.first + (begin + i) % ports.size());
    if (is_free(request.key.protocol, port, taken)) return port;
  }
  return std::nullopt;
}

MappingAnswer MappingBook::make(const Document& document, const MappingRequest& request,
                                const TakenPorts& taken, Time now) {
  if (!has_room(document, request.key)) return refuse(request, MappingResult::kQuota);
  if (!has_share(leases_, *document.mapping_requests, request.key, taken))
    return refuse(request, MappingResult::kNoResources);
  const auto port = find_port(document, request, taken);
  if (!port)
    return refuse(request, request.exactly && request.wanted_port ? MappingResult::kNotThatPort
                                                                  : MappingResult::kNoResources);
  const seconds life = std::min(request.life, document.mapping_requests->lifetime);
  put(request.key, {*port, request.nonce, now + life});
  return {request.number, MappingResult::kGranted, *port, life};
}

void MappingBook::settle(Document& document) const {
  std::erase_if(document.forwards, is_of_lease);
  if (!document.mapping_requests || leases_.empty()) return;
  const TakenPorts taken = TakenPorts::of(document);
  std::map<std::string, std::optional<OutsidePlace>> places;
  for (const std::string& zone : document.mapping_requests->from)
    places.emplace(zone, outside_of_zone(document, zone));
  const auto own = addresses_of_gateway(document);
  for (const auto& [key, lease] : leases_) {
    const auto place = places.find(key.zone);
    if (place != places.end() && place->second &&
        document.mapping_requests->ports.contains(lease.outside_port) &&
        !taken.has(key.protocol, lease.outside_port) &&
        !own.contains({vrf_of_zone(document, key.zone), key.host}))
      document.forwards.push_back(forward_of(document, key, lease, *place->second));
  }
}

// A lease is let be where settle() makes a forward of it.
bool MappingBook::prune(const Document& document, Time now) {
  std::set<std::string, std::less<>> forwards;
  for (const Forward& forward : document.forwards)
    if (is_of_lease(forward)) forwards.insert(forward.name);
  bool left = false;
  for (auto one = leases_.begin(); one != leases_.end();) {
    const auto lease = one++;
    const bool is_let = forwards.contains(name_of_lease(lease->first));
    if (is_let && lease->second.until > now) continue;
    if (!is_let) start_ = now;
    end(lease);
    left = true;
  }
  return left;
}

void MappingBook::note_outside(const std::map<std::string, IpAddress>& outside, Time now) {
  for (const auto& [zone, address] : outside) {
    const auto [at, is_first] = outside_.try_emplace(zone, address);
    if (!is_first && at->second == address) continue;
    if (!is_first) start_ = now;
    at->second = address;
    file_.note_change();
  }
}

std::optional<MappingBook::Time> MappingBook::next() const {
  const auto at = std::ranges::min_element(leases_, {}, [](const auto& one) { return one.second.until; });
  return at == leases_.end() ? std::nullopt : std::optional(at->second.until);
}

}   // namespace sluice
