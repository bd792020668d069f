// SPDX-License-Identifier: GPL-2.0-or-later
#include "pod/expand_containers.hpp"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <optional>
#include <variant>

#include "base/protocol.hpp"
#include "model/mapping_request.hpp"
#include "network/free_space.hpp"

namespace sluice {
namespace {

using Listen = std::variant<IpAddress, std::string>;

std::string who(const Forward& forward) {
  if (forward.line == 0) return forward.name;
  return fmt::format("{} \"{}\" (line {})", forward.service ? "service" : "forward", forward.name,
                     forward.line);
}

std::string place_of(const Listen& listen) {
  const auto* address = std::get_if<IpAddress>(&listen);
  return address ? address->to_string() : std::get<std::string>(listen);
}

class ContainerExpander {
 public:
  ContainerExpander(Document& document, const std::vector<TakenNetwork>& taken)
      : document_(document), taken_(taken) {
    for (const Interface& interface : document.interfaces)
      if (interface.vrf.empty() && !std::holds_alternative<Veth>(interface.made))
        listening_.push_back(interface.name);
  }

  void add(Container container) {
    if (std::string why = why_not(container); !why.empty()) {
      left_out_.push_back(fmt::format("container \"{}\" ({}): {}", title_of(container),
                                      container.id.substr(0, kShortId), why));
      return;
    }
    container.vrf = container.pod.empty() ? vrf_of_zone(container.zone) : std::string(kPodVrf);
    document_.interfaces.push_back(interface_of(container));
    if (!container.pod.empty()) join_pod(container);
    for (Forward& forward : forwards_of(container)) {
      // Who asked for a port by himself gives way, as to a forward of the document.
      std::erase_if(document_.forwards,
                    [&](const Forward& other) { return is_of_lease(other) && collide(forward, other); });
      document_.forwards.push_back(std::move(forward));
    }
    document_.containers.push_back(std::move(container));
  }

  std::vector<std::string> left_out() { return std::move(left_out_); }

 private:
  static constexpr size_t kShortId = 12;

  std::string why_not(const Container& container) const {
    if (std::string why = container.pod.empty() ? why_not_in_zone(container) : why_not_in_pod(container);
        !why.empty())
      return why;
    for (const auto& subnet : {std::optional(container.subnet), container.subnet6})
      if (const TakenNetwork* other = subnet ? overlapping(taken_, *subnet) : nullptr)
        return fmt::format("{} overlaps {}: {}", subnet->to_string(), other->prefix.to_string(), other->by);
    return why_not_listening(container);
  }

  std::string why_not_in_zone(const Container& container) const {
    const auto zone = std::ranges::find(document_.zones, container.zone, &Zone::name);
    if (zone == document_.zones.end())
      return fmt::format("there is no zone \"{}\" in the document", container.zone);
    if (zone->name == kPodZone) return "\"pods\" is the zone of pods: SLUICE_POD names one";
    if (zone->closed) return fmt::format("zone \"{}\" is that of an isolated bridge", zone->name);
    return "";
  }

  std::string why_not_in_pod(const Container& container) const {
    if (std::ranges::find(document_.pods, container.pod, &Pod::name) == document_.pods.end())
      return fmt::format("there is no pod \"{}\" in the document", container.pod);
    if (container.subnet6) return "pods have no IPv6: SLUICE_POD takes a network without an IPv6 subnet";
    return "";
  }

  // A zone lies in one VRF.
  std::string vrf_of_zone(const std::string& zone) const {
    const auto at = std::ranges::find(document_.interfaces, zone, &Interface::zone);
    return at == document_.interfaces.end() ? std::string() : at->vrf;
  }

  static Interface interface_of(const Container& container) {
    Interface interface;
    interface.name = container.device;
    interface.zone = container.pod.empty() ? container.zone : std::string(kPodZone);
    interface.vrf = container.vrf;
    interface.addresses = {link_of(container.address)};
    Veth veth{container.space,
              container.address,
              container_gateway(container.address),
              container.number,
              container.interface,
              {},
              {}};
    if (container.address6) {
      interface.addresses.push_back(link_of(*container.address6));
      veth.address6 = container.address6;
      veth.gateway6 = container_gateway(*container.address6);
    }
    interface.made = std::move(veth);
    return interface;
  }

  static InterfaceAddress link_of(const IpAddress& address) {
    return {container_gateway(address), static_cast<uint8_t>(address.bits() - 1)};
  }

  // It is one more address of the pod, and shares its bandwidth.
  void join_pod(const Container& container) {
    const auto pod = std::ranges::find(document_.pods, container.pod, &Pod::name);
    const Prefix link = Prefix::of(link_of(container.address));
    document_.sets[pod_set(container.pod)].push_back(Prefix::of_host(container.address));
    const auto of_pod = std::ranges::find(document_.interfaces, pod->device, &Interface::name);
    document_.interfaces.back().share = of_pod->share;
    const auto names = std::ranges::find(document_.policies, kPodNamesPolicy, &Policy::name);
    names->destination.prefixes.push_back(link);
    lead_to(link, document_.routes);
    for (Vrf& vrf : document_.vrfs)
      if (vrf.name != kPodVrf) lead_to(link, vrf.routes);
  }

  // By the same ways as to all pods.
  void lead_to(const Prefix& link, std::vector<VrfRoute>& routes) const {
    const auto at = std::ranges::find_if(routes, [&](const VrfRoute& route) {
      return route.through == kPodVrf && route.to == document_.pod_settings.subnets;
    });
    if (at == routes.end()) return;
    VrfRoute route = *at;
    route.to = link;
    routes.push_back(std::move(route));
  }

  std::vector<Listen> listens_of(const ContainerPort& port) const {
    if (port.host) return {*port.host};
    return {listening_.begin(), listening_.end()};
  }

  static std::vector<IpAddress> targets_of_port(const Container& container, const ContainerPort& port) {
    std::vector<IpAddress> targets;
    for (const auto& address : {std::optional(container.address), container.address6})
      if (address && (!port.host || port.host->family() == address->family())) targets.push_back(*address);
    return targets;
  }

  std::vector<Forward> forwards_of(const Container& container) const {
    std::vector<Forward> forwards;
    for (const ContainerPort& port : container.ports)
      for (const Listen& listen : listens_of(port))
        for (const IpAddress& to : targets_of_port(container, port)) {
          Forward& forward = forwards.emplace_back();
          forward.name = fmt::format("{}:{}/{}", container_rule(container), port.host_port,
                                     protocol_name(port.protocol));
          forward.listen = listen;
          forward.protocols = {port.protocol};
          forward.ports = {{port.host_port, port.host_port}};
          forward.to = to;
          forward.to_port = port.port;
          forward.vrf = container.vrf;
        }
    return forwards;
  }

  bool is_one_place(const Listen& a, const Listen& b) const {
    if (a == b) return true;
    const auto* device = std::get_if<std::string>(&a);
    const auto* address = std::get_if<IpAddress>(device ? &b : &a);
    if (!device) device = std::get_if<std::string>(&b);
    if (!device || !address) return false;
    const auto interface = std::ranges::find(document_.interfaces, *device, &Interface::name);
    return interface != document_.interfaces.end() &&
           std::ranges::find(interface->addresses, *address, &InterfaceAddress::address) !=
               interface->addresses.end();
  }

  bool collide(const Forward& own, const Forward& other) const {
    const auto has_port = [&](const PortRange& range) { return range.overlaps(own.ports.front()); };
    return own.to.family() == other.to.family() && is_one_place(own.listen, other.listen) &&
           std::ranges::find(other.protocols, own.protocols.front()) != other.protocols.end() &&
           std::ranges::any_of(other.ports, has_port);
  }

  // The gateway's own front end would hear nothing any more.
  bool takes_from_front(const Forward& own) const {
    if (!document_.front || own.protocols.front() != IPPROTO_TCP) return false;
    const uint16_t port = own.ports.front().first;
    return (port == document_.front->http || port == document_.front->https) &&
           std::ranges::any_of(document_.front->listen,
                               [&](const IpAddress& one) { return is_one_place(own.listen, one); });
  }

  // Ports at which the gateway itself is spoken to, at each of its addresses; empty: none of them.
  std::string owner_of_own(const Forward& own) const {
    const bool udp = own.protocols.front() == IPPROTO_UDP;
    const uint16_t port = own.ports.front().first;
    for (const Network& network : document_.networks)
      if (udp && network.port == port) return fmt::format("network \"{}\"", network.name);
    const auto& relay = document_.relay;
    if (relay && ((udp && (relay->port == port || relay->ports.contains(port))) || relay->tcp == port))
      return "the relay";
    return "";
  }

  std::string why_not_listening(const Container& container) const {
    for (const ContainerPort& port : container.ports)
      if (port.host && targets_of_port(container, port).empty())
        return fmt::format("port {} is to listen on {}, and it has no address of that family", port.host_port,
                           port.host->to_string());
    for (const Forward& own : forwards_of(container)) {
      if (takes_from_front(own))
        return fmt::format("port {} of {} is that of the front", own.ports.front().first,
                           place_of(own.listen));
      if (const std::string owner = owner_of_own(own); !owner.empty())
        return fmt::format("port {}/{} of {} is that of {}", own.ports.front().first,
                           protocol_name(own.protocols.front()), place_of(own.listen), owner);
      for (const Forward& other : document_.forwards)
        if (!is_of_lease(other) && collide(own, other))
          return fmt::format("port {}/{} of {} is that of {}", own.ports.front().first,
                             protocol_name(own.protocols.front()), place_of(own.listen), who(other));
    }
    return "";
  }

  Document& document_;
  const std::vector<TakenNetwork>& taken_;
  std::vector<std::string> listening_;   // devices at which ports without an address listen
  std::vector<std::string> left_out_;
};

}   // namespace

std::vector<std::string> expand_containers(Document& document, const std::vector<Container>& containers,
                                           const std::vector<TakenNetwork>& taken) {
  ContainerExpander expander(document, taken);
  for (const Container& container : containers) expander.add(container);
  return expander.left_out();
}

}   // namespace sluice
