// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/allocate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "base/number.hpp"
#include "base/text.hpp"
#include "network/allotment_book.hpp"
#include "network/device_names.hpp"
#include "network/free_space.hpp"
#include "network/numbers.hpp"
#include "network/titles.hpp"
#include "network/vnis.hpp"

namespace sluice {
namespace {

constexpr uint8_t kSubnet6Length = 64;

class Allocator {
 public:
  Allocator(Document& document, const Allotments& known, const std::vector<TakenNetwork>& taken, int64_t now)
      : document_(document),
        book_(known, now, [this](const AllotmentKey& key) { return is_in_document(key); }),
        taken_(taken) {
    for (const Network& network : document.networks) {
      std::set<std::string>& endpoints = names_[network.name];
      for (const NetworkEndpoint& endpoint : network.endpoints) endpoints.insert(endpoint.name);
    }
  }

  Result<Allotments> run() {
    give_devices("device", &Network::device, device_name, [](const Network&) { return true; });
    give_devices("bridge", &Network::bridge, bridge_name, [](const Network& one) { return is_l2(one.type); });
    give_vnis();
    for (const NumberKind& kind : number_kinds(document_.wireguard)) give_numbers(kind);
    give_subnets("subnet", &Network::subnet, document_.wireguard.subnets,
                 [](const Network& network) { return subnet_length(needed(network)); });
    const Prefix six = document_.wireguard.subnets6;
    give_subnets("subnet6", &Network::subnet6, six,
                 [&](const Network&) { return std::max(six.length, kSubnet6Length); });
    for (Network& network : document_.networks) give_addresses(network);
    if (!complaints_.empty()) return fail(join(complaints_, "; "), ErrorKind::kInvalidDocument);
    return book_.take();
  }

 private:
  static uint32_t needed(const Network& network) {
    return std::max<uint32_t>(network.expected_users, static_cast<uint32_t>(network.endpoints.size()));
  }

  void complain(std::string sentence) { complaints_.push_back(std::move(sentence)); }

  void keep(const std::string& network, const std::string& endpoint, std::string_view what,
            std::string value) {
    book_.keep({network, endpoint, std::string(what)}, std::move(value));
  }

  // What others had until a moment ago.
  std::vector<std::string> resting(std::string_view what) const {
    std::vector<std::string> values;
    book_.each_resting(what, [&](const AllotmentKey& key, const std::string& value) {
      if (key.endpoint.empty()) values.push_back(value);
    });
    return values;
  }

  bool is_in_document(const AllotmentKey& key) const {
    const auto at = names_.find(key.network);
    return at != names_.end() && (key.endpoint.empty() || at->second.contains(key.endpoint));
  }

  // Of networks: each with what it had, first those whose it is, then those that gave it back.
  template <class Each>
  void each_that_had(std::string_view what, const Each& each) {
    for (const AllotmentBook::Had had : AllotmentBook::kHad)
      for (Network& network : document_.networks)
        if (const std::string* text = (book_.*had)({network.name, "", std::string(what)}))
          each(network, *text, had == &AllotmentBook::in_use);
  }

  using NameOf = std::string (*)(std::string_view network);

  void give_devices(std::string_view what, std::string Network::*member, NameOf name_of,
                    bool (*has)(const Network&)) {
    std::set<std::string> used = devices_of(document_);
    each_that_had(what, [&](Network& network, const std::string& name, bool) {
      if (has(network) && used.insert(name).second) network.*member = name;
    });
    for (Network& network : document_.networks) {
      if (!has(network)) continue;
      if ((network.*member).empty()) network.*member = free_device(name_of(network.name), used);
      keep(network.name, "", what, network.*member);
    }
  }

  void give_vnis() {
    KnownVnis known;
    for (const Network& network : document_.networks) {
      const AllotmentKey key{network.name, "", "vni"};
      if (const std::string* text = book_.had(key))
        if (const auto number = whole_number<uint32_t>(*text))
          (book_.in_use(key) ? known.of : known.given_back)[network.name] = *number;
    }
    for (const std::string& text : resting("vni"))
      if (const auto number = whole_number<uint32_t>(text)) known.resting.insert(*number);
    std::ranges::move(sluice::give_vnis(document_, known), std::back_inserter(complaints_));
    for (const Network& network : document_.networks)
      if (network.vni) keep(network.name, "", "vni", std::to_string(*network.vni));
  }

  void give_numbers(const NumberKind& kind) {
    std::map<uint32_t, std::string> used;
    for (const Vrf& vrf : document_.vrfs)
      if (kind.what == "table") used.emplace(vrf.table, fmt::format("VRF \"{}\"", vrf.name));
    const auto claim = [&](const Network& network, uint32_t number) {
      const auto [at, is_new] = used.try_emplace(number, title_of(network));
      if (!is_new)
        complain(fmt::format("{}: {} {} is that of {}", title_of(network), kind.called, number, at->second));
    };
    for (const Network& network : document_.networks)
      if (const auto number = kind.get(network)) claim(network, *number);
    each_that_had(kind.what, [&](Network& network, const std::string& text, bool is_its_own) {
      if (kind.get(network)) return;
      const auto number = whole_number<uint32_t>(text);
      if (!number || (!is_its_own && used.contains(*number))) return;
      claim(network, *number);
      kind.put(network, *number);
    });
    if (kind.what == "port") used.merge(ports_of_forwards(document_));
    for (Network& network : document_.networks) {
      if (!kind.get(network)) give_number(kind, network, used);
      if (const auto number = kind.get(network)) keep(network.name, "", kind.what, std::to_string(*number));
    }
  }

  void give_number(const NumberKind& kind, Network& network, std::map<uint32_t, std::string>& used) {
    std::set<uint32_t> rest;
    for (const std::string& text : resting(kind.what))
      if (const auto number = whole_number<uint32_t>(text)) rest.insert(*number);
    const uint32_t size = kind.last - kind.first + 1, start = kind.start(network) - kind.first;
    for (const bool spare : {true, false})
      for (uint32_t i = 0; i < size; ++i) {
        const uint32_t number = kind.first + (start + i) % size;
        if (used.contains(number) || (spare && rest.contains(number))) continue;
        used.emplace(number, title_of(network));
        return kind.put(network, number);
      }
    std::vector<std::string> owners;
    for (const auto& [number, owner] : used)
      if (number >= kind.first && number <= kind.last)
        owners.push_back(fmt::format("{} of {}", number, owner));
    complain(fmt::format("{}: no {} is left of {}-{}: {}", title_of(network), kind.called, kind.first,
                         kind.last, join(owners, ", ")));
  }

  bool is_in_use(const Network& network, std::string_view what, const Prefix& prefix) const {
    const std::string* text = book_.had({network.name, "", std::string(what)});
    return text && Prefix::parse(*text) == prefix;
  }

  static TakenNetworks take_routes(TakenNetworks& taken) {
    const auto routes = std::ranges::stable_partition(taken, std::not_fn(&TakenNetwork::is_route));
    TakenNetworks taken_by_routes(routes.begin(), routes.end());
    taken.erase(routes.begin(), routes.end());
    return taken_by_routes;
  }

  void give_subnets(std::string_view what, std::optional<Prefix> Network::*member, const Prefix& container,
                    const std::function<uint8_t(const Network&)>& length) {
    TakenNetworks used = taken_;
    const TakenNetworks routes = take_routes(used);
    const auto claim = [&](const Network& network, const Prefix& prefix) {
      const TakenNetwork* other = overlapping(used, prefix);
      if (!other && !is_in_use(network, what, prefix)) other = overlapping(routes, prefix);
      if (other)
        complain(fmt::format("{}: subnet {} overlaps {}: {}", title_of(network), prefix.to_string(),
                             other->prefix.to_string(), other->by));
      used.push_back({prefix, title_of(network)});
    };
    for (const Network& network : document_.networks)
      if (network.*member) claim(network, *(network.*member));
    each_that_had(what, [&](Network& network, const std::string& text, bool is_its_own) {
      const auto prefix = Prefix::parse(text);
      if (network.*member || !prefix) return;
      const bool is_too_small = prefix->length > length(network);
      if (!is_its_own && (is_too_small || overlapping(used, *prefix) || overlapping(routes, *prefix))) return;
      claim(network, *prefix);
      network.*member = prefix;
    });
    used.insert(used.end(), routes.begin(), routes.end());
    for (Network& network : document_.networks) {
      if (is_l2(network.type) && member == &Network::subnet6) continue;   // outer packets of frames are IPv4
      if (!(network.*member)) network.*member = new_subnet(network, what, container, length(network), used);
      if (network.*member) keep(network.name, "", what, (network.*member)->to_string());
    }
  }

  std::optional<Prefix> new_subnet(const Network& network, std::string_view what, const Prefix& container,
                                   uint8_t length, TakenNetworks& used) {
    TakenNetworks avoided = used;
    for (const std::string& text : resting(what))
      if (const auto prefix = Prefix::parse(text)) avoided.push_back({*prefix, "it was given back lately"});
    for (const TakenNetworks& others : {std::cref(avoided), std::cref(used)})
      if (const auto prefix = free_subnet(container, length, others)) {
        used.push_back({*prefix, title_of(network)});
        return prefix;
      }
    complain(fmt::format("{}: no subnet of length {} is left in {}", title_of(network), length,
                         container.to_string()));
    return std::nullopt;
  }

  void give_addresses(Network& network) {
    if (network.subnet) give_addresses(network, "address", &NetworkEndpoint::address, *network.subnet);
    if (network.subnet6) give_addresses(network, "address6", &NetworkEndpoint::address6, *network.subnet6);
  }

  void give_addresses(Network& network, std::string_view what,
                      std::optional<IpAddress> NetworkEndpoint::*member, const Prefix& subnet) {
    const std::vector<IpAddress> own = gateway_addresses(network);
    std::set<IpAddress> used(own.begin(), own.end());
    for (const NetworkEndpoint& endpoint : network.endpoints)
      if (endpoint.*member) used.insert(*(endpoint.*member));
    for (const AllotmentBook::Had had : AllotmentBook::kHad)
      for (NetworkEndpoint& endpoint : network.endpoints) {
        if (endpoint.*member) continue;
        const std::string* text = (book_.*had)({network.name, endpoint.name, std::string(what)});
        const auto address = text ? IpAddress::parse(*text) : std::nullopt;
        if (address && subnet.contains(*address) && used.insert(*address).second) endpoint.*member = address;
      }
    FreeAddresses free(subnet, std::move(used), resting_addresses(network, what));
    for (NetworkEndpoint& endpoint : network.endpoints) {
      if (!(endpoint.*member)) endpoint.*member = new_address(network, endpoint, subnet, free);
      if (endpoint.*member) keep(network.name, endpoint.name, what, (endpoint.*member)->to_string());
    }
  }

  std::set<IpAddress> resting_addresses(const Network& network, std::string_view what) const {
    std::set<IpAddress> rest;
    book_.each_resting(what, [&](const AllotmentKey& key, const std::string& value) {
      if (key.network != network.name) return;
      if (const auto address = IpAddress::parse(value)) rest.insert(*address);
    });
    return rest;
  }

  // The number within the IPv6 subnet is that within the IPv4 one, where it is free.
  std::optional<IpAddress> new_address(const Network& network, const NetworkEndpoint& endpoint,
                                       const Prefix& subnet, FreeAddresses& free) {
    const auto same = same_number(network, endpoint, subnet);
    if (same && free.take(*same)) return same;
    const auto address = free.take_next();
    if (!address)
      complain(
          fmt::format("{}: no address is left in {}, which the network keeps: a larger \"subnet\", in "
                      "which clients get other addresses, or a second network",
                      title_of(network, endpoint), subnet.to_string()));
    return address;
  }

  static std::optional<IpAddress> same_number(const Network& network, const NetworkEndpoint& endpoint,
                                              const Prefix& subnet) {
    if (subnet.address.is_ipv4() || !endpoint.address || !network.subnet) return std::nullopt;
    const IpAddress same = subnet.address.plus(endpoint.address->ipv4() - network.subnet->address.ipv4());
    return subnet.contains(same) ? std::optional(same) : std::nullopt;
  }

  Document& document_;
  std::map<std::string, std::set<std::string>> names_;   // of endpoints, by network
  AllotmentBook book_;
  const std::vector<TakenNetwork>& taken_;
  std::vector<std::string> complaints_;
};

}   // namespace

Result<Allotments> allocate(Document& document, const Allotments& known,
                            const std::vector<TakenNetwork>& taken, int64_t now) {
  return Allocator(document, known, taken, now).run();
}

}   // namespace sluice
