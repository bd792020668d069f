// SPDX-License-Identifier: GPL-2.0-or-later
// Pods: network namespaces with an address each, and what they may reach and be reached by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/address.hpp"

namespace sluice {

// The zone that all pods lie in. A pod by itself is its address in that zone.
inline constexpr std::string_view kPodZone = "pods";
// The VRF that all pods are in.
inline constexpr std::string_view kPodVrf = "pods";
// The gateway's own front end, which speaks as the gateway itself.
inline constexpr std::string_view kFrontZone = "front";

// Questions of pods for names, at their own side of the gateway.
inline constexpr std::string_view kPodNamesPolicy = "pods names";

struct PodSettings {
  PortRange ports{30000, 40000};   // that services are published on
  Prefix subnets{*IpAddress::parse("10.101.0.0"), 16};
  uint16_t table = 0;   // allotted, of the VRF
  int line = 0;
};

struct PodService {
  std::string name;
  uint16_t port = 0;   // that the pod listens on
  uint8_t protocol = 0;
  bool publish = false;
  std::optional<uint16_t> outside_port;   // of what is published: said, or allotted
  int line = 0;
};

// Who may begin to speak to a pod.
struct PodIngress {
  std::string zone;   // empty: none of this kind; "front" and "host" are the gateway itself
  std::string pod;    // empty: the same
  std::vector<Prefix> prefixes;
};

struct PodEgress {
  bool accept = false;   // the internet, and nothing that is near
  std::vector<std::string>
      domains;   // hosts of the internet, once the pod has looked them up (model/domains.hpp)
  std::vector<Prefix> prefixes;   // wherever they are, but not the gateway and other pods
  std::vector<PortRange> ports;   // that prefixes and domains are bound to, TCP and UDP; empty: everything
};

// A share of the lines, bits per second.
struct PodBandwidth {
  uint64_t guaranteed = 0;
  std::optional<uint64_t> maximum;
};

struct Pod {
  std::string name;
  std::string owner;                  // empty: nobody is named
  std::vector<PodService> services;   // in the order of the text
  std::vector<PodIngress> ingress;
  PodEgress egress;
  std::optional<PodBandwidth> bandwidth;
  std::optional<IpAddress> address;   // IPv4, the upper one of a /31: said, or allotted
  // Allotted (pod/allocate_pods.hpp).
  std::string device;
  uint16_t queue = 0;   // number of its class where lines are shared
  int line = 0;
};

// "pod-app1", below /run/netns.
inline std::string space_of(std::string_view pod) { return "pod-" + std::string(pod); }

// "pod:app1": the set that holds its address, and the names of what it implies.
inline std::string pod_set(std::string_view pod) { return "pod:" + std::string(pod); }

// "pod:app1:web": the forward of a service that is published, and its site.
inline std::string pod_service_name(std::string_view pod, std::string_view service) {
  return pod_set(pod) + ":" + std::string(service);
}

// What the gateway has towards it: the lower address of the same /31 (RFC 3021).
inline IpAddress gateway_of(const Pod& pod) { return Prefix::of({*pod.address, 31}).address; }

}   // namespace sluice
