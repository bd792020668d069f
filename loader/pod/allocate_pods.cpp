// SPDX-License-Identifier: GPL-2.0-or-later
#include "pod/allocate_pods.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/number.hpp"
#include "base/text.hpp"
#include "network/allotment_book.hpp"
#include "network/device_names.hpp"
#include "network/free_space.hpp"

namespace sluice {
namespace {

// Of the VRF's table, and of classes of queues, which are told apart from tables by nothing but their
// numbers.
constexpr uint32_t kFirstNumber = 30'000, kLastNumber = 59'999;
constexpr std::string_view kOwner = "pod:";   // of what all pods have together; a pod's own name follows

std::string who(const Pod& pod) { return fmt::format("pod \"{}\" (line {})", pod.name, pod.line); }

std::string who(const Pod& pod, const PodService& service) {
  return fmt::format("service \"{}\" (line {}) of pod \"{}\"", service.name, service.line, pod.name);
}

class PodAllocator {
 public:
  PodAllocator(Document& document, const Allotments& known, const PodSurroundings& around, int64_t now)
      : document_(document),
        book_(known, now, [this](const AllotmentKey& key) { return is_in_document(key); }),
        around_(around) {
    for (const Pod& pod : document.pods) {
      std::set<std::string>& services = names_[pod_set(pod.name)];
      for (const PodService& service : pod.services)
        if (service.publish) services.insert(service.name);
    }
  }

  Result<Allotments> run() {
    give_devices();
    give_numbers();
    give_addresses();
    give_ports();
    if (!complaints_.empty()) return fail(join(complaints_, "; "), ErrorKind::kInvalidDocument);
    return book_.take();
  }

 private:
  // Each pod with what it had, first those whose it is, then those that gave it back.
  template <class Each>
  void each_that_had(std::string_view what, const Each& each) {
    for (const AllotmentBook::Had had : AllotmentBook::kHad)
      for (Pod& pod : document_.pods)
        if (const std::string* text = (book_.*had)({pod_set(pod.name), "", std::string(what)}))
          each(pod, *text, had == &AllotmentBook::in_use);
  }

  void keep(const Pod& pod, const std::string& service, std::string_view what, std::string value) {
    book_.keep({pod_set(pod.name), service, std::string(what)}, std::move(value));
  }

  bool is_in_document(const AllotmentKey& key) const {
    if (key.network == kOwner) return !document_.pods.empty();
    const auto at = names_.find(key.network);
    return at != names_.end() && (key.endpoint.empty() || at->second.contains(key.endpoint));
  }

  // What others had until a moment ago.
  std::set<std::string> resting(std::string_view what) const {
    std::set<std::string> values;
    book_.each_resting(what, [&](const AllotmentKey&, const std::string& value) { values.insert(value); });
    return values;
  }

  std::set<uint32_t> resting_numbers(std::string_view what) const {
    std::set<uint32_t> numbers;
    for (const std::string& text : resting(what))
      if (const auto number = whole_number<uint32_t>(text)) numbers.insert(*number);
    return numbers;
  }

  void give_devices() {
    std::set<std::string> used = devices_of(document_);
    used.emplace(kPodVrf);
    for (const Vrf& vrf : document_.vrfs) used.insert(vrf.name);
    for (const Network& network : document_.networks) used.insert({network.bridge, network.vrf});
    each_that_had("device", [&](Pod& pod, const std::string& name, bool) {
      if (used.insert(name).second) pod.device = name;
    });
    for (Pod& pod : document_.pods) {
      if (pod.device.empty()) pod.device = free_device(space_of(pod.name).substr(0, kDeviceNameBytes), used);
      keep(pod, "", "device", pod.device);
    }
  }

  std::set<uint32_t> used_numbers() const {
    std::set<uint32_t> used;
    for (const Vrf& vrf : document_.vrfs) used.insert(vrf.table);
    for (const Network& network : document_.networks)
      if (network.table) used.insert(*network.table);
    return used;
  }

  void give_numbers() {
    if (document_.pods.empty()) return;
    FreeNumbers free(kFirstNumber, kLastNumber, used_numbers(), resting_numbers("queue"));
    const auto take = [&](std::optional<uint32_t> had) {
      return had && *had >= kFirstNumber && *had <= kLastNumber && free.take(*had)
                 ? static_cast<uint16_t>(*had)
                 : uint16_t{0};
    };
    const AllotmentKey shared{std::string(kOwner), "", "table"};
    const std::string* text = book_.had(shared);
    uint16_t& table = document_.pod_settings.table;
    table = take(text ? whole_number<uint32_t>(*text) : std::nullopt);
    for (Pod& pod : document_.pods) pod.queue = 0;
    each_that_had("queue", [&](Pod& pod, const std::string& number, bool) {
      pod.queue = take(whole_number<uint32_t>(number));
    });
    const auto fill = [&](uint16_t& number) {
      if (number == 0) number = static_cast<uint16_t>(free.take_next().value_or(0));
    };
    fill(table);
    book_.keep(shared, std::to_string(table));
    for (Pod& pod : document_.pods) {
      fill(pod.queue);
      keep(pod, "", "queue", std::to_string(pod.queue));
      if (pod.queue == 0)
        complaints_.push_back(
            fmt::format("{}: no number of {}-{} is left", who(pod), kFirstNumber, kLastNumber));
    }
  }

  // A /31 each, of which the pod has the upper address; the first one begins with the address of the network,
  // and is left out.
  void give_addresses() {
    const Prefix& subnets = document_.pod_settings.subnets;
    if (document_.pods.empty()) return;
    if (const TakenNetwork* other = overlapping(around_.networks, subnets))
      complaints_.push_back(
          fmt::format("pods: {} overlaps {}: {}", subnets.to_string(), other->prefix.to_string(), other->by));
    const uint32_t first = subnets.address.ipv4(), pairs = (subnets.last().ipv4() - first + 1) / 2;
    const auto pair_of = [&](const std::optional<IpAddress>& address) -> std::optional<uint32_t> {
      if (!address || !subnets.contains(*address)) return std::nullopt;
      return (address->ipv4() - first) / 2;
    };
    std::set<uint32_t> rest;
    for (const std::string& text : resting("address"))
      if (const auto pair = pair_of(IpAddress::parse(text))) rest.insert(*pair);
    FreeNumbers free(1, pairs - 1, {}, std::move(rest));
    for (const Pod& pod : document_.pods)
      if (const auto pair = pair_of(pod.address)) free.take(*pair);
    each_that_had("address", [&](Pod& pod, const std::string& text, bool is_its_own) {
      const auto pair = pod.address ? std::nullopt : pair_of(IpAddress::parse(text));
      if (!pair) return;
      if (!free.take(*pair)) {
        if (!is_its_own) return;
        complaints_.push_back(fmt::format("{}: its address {} is said to be another pod's", who(pod), text));
      }
      pod.address = subnets.address.plus(2 * *pair + 1);
    });
    for (Pod& pod : document_.pods) {
      if (!pod.address)
        if (const auto pair = free.take_next()) pod.address = subnets.address.plus(2 * *pair + 1);
      if (pod.address)
        keep(pod, "", "address", pod.address->to_string());
      else
        complaints_.push_back(fmt::format("{}: no address is left in {}", who(pod), subnets.to_string()));
    }
  }

  // Of forwards: by port, so that whoever has it can be named.
  std::map<uint16_t, std::string> ports_of_forwards() const {
    std::map<uint16_t, std::string> ports;
    const PortRange& all = document_.pod_settings.ports;
    for (const Forward& forward : document_.forwards)
      for (const PortRange& range : forward.ports)
        for (uint32_t port = std::max(range.first, all.first); port <= std::min(range.last, all.last); ++port)
          ports.try_emplace(static_cast<uint16_t>(port),
                            fmt::format("{} \"{}\" (line {})", forward.service ? "service" : "forward",
                                        forward.name, forward.line));
    return ports;
  }

  // What others than pods have: forwards, sockets, networks, and ranges that masquerades were given by name
  // (where none was, they leave ports of forwards out).
  std::set<uint32_t> ports_of_others(const std::map<uint16_t, std::string>& forwards) const {
    const PortRange& all = document_.pod_settings.ports;
    std::set<uint32_t> used(around_.sockets.begin(), around_.sockets.end());
    for (const auto& [port, forward] : forwards) used.insert(port);
    for (const Network& network : document_.networks)
      if (network.port) used.insert(*network.port);
    for (const Masquerade& masquerade : document_.masquerades)
      if (!masquerade.any_ports || masquerade.deterministic)
        for (uint32_t port = std::max(masquerade.ports.first, all.first);
             port <= std::min(masquerade.ports.last, all.last); ++port)
          used.insert(port);
    return used;
  }

  template <class Each>
  void each_published(const Each& each) {
    for (Pod& pod : document_.pods)
      for (PodService& service : pod.services)
        if (service.publish) each(pod, service);
  }

  void give_ports() {
    const auto forwards = ports_of_forwards();
    const std::set<uint32_t> others = ports_of_others(forwards);
    std::set<uint32_t> kept;
    each_published([&](const Pod&, const PodService& service) {
      if (service.outside_port) kept.insert(*service.outside_port);
    });
    for (const AllotmentBook::Had had : AllotmentBook::kHad)
      each_published([&](const Pod& pod, PodService& service) {
        const std::string* text = (book_.*had)({pod_set(pod.name), service.name, "port"});
        if (text && !service.outside_port)
          take_port_again(pod, service, whole_number<uint32_t>(*text), had == &AllotmentBook::in_use, others,
                          kept);
      });
    each_published([&](const Pod& pod, const PodService& service) {
      if (!service.outside_port) return;
      if (const auto other = forwards.find(*service.outside_port); other != forwards.end())
        complaints_.push_back(
            fmt::format("{}: port {} is that of {}", who(pod, service), other->first, other->second));
    });
    give_free_ports(others, kept);
  }

  void take_port_again(const Pod& pod, PodService& service, std::optional<uint32_t> port, bool is_its_own,
                       const std::set<uint32_t>& others, std::set<uint32_t>& kept) {
    const PortRange& all = document_.pod_settings.ports;
    if (!port || *port < all.first || *port > all.last) return;
    if (!is_its_own && others.contains(*port)) return;
    if (!kept.insert(*port).second) {
      if (!is_its_own) return;
      complaints_.push_back(
          fmt::format("{}: its port {} is said to be another service's", who(pod, service), *port));
    }
    service.outside_port = static_cast<uint16_t>(*port);
  }

  void give_free_ports(const std::set<uint32_t>& others, const std::set<uint32_t>& kept) {
    const PortRange& all = document_.pod_settings.ports;
    std::set<uint32_t> used = others;
    used.insert(kept.begin(), kept.end());
    FreeNumbers free(all.first, all.last, std::move(used), resting_numbers("port"));
    size_t given = 0;
    each_published([&](const Pod& pod, PodService& service) {
      if (!service.outside_port)
        if (const auto port = free.take_next(); port && ++given)
          service.outside_port = static_cast<uint16_t>(*port);
      if (service.outside_port)
        keep(pod, service.name, "port", std::to_string(*service.outside_port));
      else
        complaints_.push_back(fmt::format(
            "{}: no port of {} is left: {} are published, and sockets, forwards and mappings have the others",
            who(pod, service), all.to_string(), kept.size() + given));
    });
  }

  Document& document_;
  AllotmentBook book_;
  const PodSurroundings& around_;
  std::map<std::string, std::set<std::string>> names_;   // of published services, by the key of the pod
  std::vector<std::string> complaints_;
};

}   // namespace

std::optional<std::string_view> pod_of(const AllotmentKey& key) {
  const std::string_view owner = key.network;
  return owner.starts_with(kOwner) ? std::optional(owner.substr(kOwner.size())) : std::nullopt;
}

Result<Allotments> allocate_pods(Document& document, const Allotments& known, const PodSurroundings& around,
                                 int64_t now) {
  return PodAllocator(document, known, around, now).run();
}

}   // namespace sluice
