// SPDX-License-Identifier: GPL-2.0-or-later
// Containers that an engine such as podman has attached (docs/containers.md). They are in no document: each
// is kept from ADD to DEL, and lies in a zone or among the pods of whatever document is in force.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/address.hpp"

namespace sluice {

// A port of the gateway that leads to one of a container.
struct ContainerPort {
  uint8_t protocol = 0;
  std::optional<IpAddress> host;   // where it listens; none: at every interface of the main VRF
  uint16_t host_port = 0, port = 0;
  bool operator==(const ContainerPort&) const = default;
};

struct Container {
  std::string id, interface;   // who it is: by its engine, and its interface inside
  std::string name;            // as its engine calls it; empty: it did not say
  std::string network;         // of the engine's configuration
  std::string zone;
  std::string pod;       // whose policies it has; empty: those of its zone
  std::string space;     // path of its namespace
  uint32_t number = 0;   // of that namespace
  Prefix subnet;         // IPv4
  std::optional<Prefix> subnet6;
  std::optional<IpAddress> asked;   // the address that it is to have; none: any
  std::vector<ContainerPort> ports;
  // What it was given (pod/container_addresses.hpp).
  std::string device;
  IpAddress address;                   // one of a /31
  std::optional<IpAddress> address6;   // of a /127
  int64_t since = 0;                   // seconds since 1970
  // Where it lies (pod/expand_containers.hpp); empty: the main VRF.
  std::string vrf;
};

// Who a container is to its engine, which attaches it once for each of its networks.
struct ContainerKey {
  std::string id, interface;
};

inline bool is_same_attachment(const Container& a, const Container& b) {
  return a.id == b.id && a.interface == b.interface;
}

// By whatever it is known.
inline const std::string& title_of(const Container& container) {
  return container.name.empty() ? container.id : container.name;
}

// "container:web:8080/tcp" is the forward of a port, "container:web" what it is called in sentences of rules.
inline std::string container_rule(const Container& container) { return "container:" + title_of(container); }

// A /31 or a /127 (RFC 3021, RFC 6164): the container has one of both addresses, and the gateway the other.
inline IpAddress pair_of_container(const IpAddress& address) {
  return Prefix::of({address, static_cast<uint8_t>(address.bits() - 1)}).address;
}
inline IpAddress container_gateway(const IpAddress& address) {
  const IpAddress lower = pair_of_container(address);
  return address == lower ? lower.plus(1) : lower;
}

}   // namespace sluice
