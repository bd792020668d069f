// SPDX-License-Identifier: GPL-2.0-or-later
#include "pod/expand_pods.hpp"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <map>
#include <set>

#include "model/domains.hpp"
#include "network/prefixes.hpp"

namespace sluice {
namespace {

constexpr uint8_t kPairLength = 31;   // RFC 3021
constexpr PortRange kDns{53, 53}, kDnsOverTls{853, 853};
// Of a line whose rate the document does not say: what the kernel's shaper counts in 32 bits.
constexpr uint64_t kUnknownRate = 32'000'000'000;

bool has_zone(const std::vector<std::string>& zones, std::string_view zone) {
  return std::ranges::find(zones, zone) != zones.end();
}

class PodExpander {
 public:
  PodExpander(Document& document, const WayOut& way) : document_(document), way_(way) {
    for (const Zone& zone : document.zones)
      if (zone.name != kPodZone) zones_.push_back(zone.name);
    for (const Interface& interface : document.interfaces)
      if (interface.vrf.empty() && !has_zone(main_zones_, interface.zone))
        main_zones_.push_back(interface.zone);
  }

  // What pods may is said last, so that any policy of the document comes before it.
  std::vector<std::string> run() {
    add_vrf();
    admit_questions();
    for (const Pod& pod : document_.pods) add(pod);
    keep_names_from_outside();
    std::ranges::move(to_domains_, std::back_inserter(document_.policies));
    if (!to_internet_.empty()) keep_from_near();
    std::ranges::move(to_internet_, std::back_inserter(document_.policies));
    masquerade();
    share_lines();
    lead_to_pods();
    return std::move(sentences_);
  }

 private:
  void add(const Pod& pod) {
    document_.sets[pod_set(pod.name)] = {Prefix::of_host(*pod.address)};
    add_interface(pod);
    add_ingress(pod);
    add_egress(pod);
    for (const PodService& service : pod.services)
      if (service.publish) publish(pod, service);
  }

  void add_interface(const Pod& pod) {
    const IpAddress gateway = gateway_of(pod);
    Interface interface;
    interface.name = pod.device;
    interface.zone = kPodZone;
    interface.vrf = kPodVrf;
    interface.addresses = {{gateway, kPairLength}};
    interface.made = Veth{space_of(pod.name), *pod.address, gateway};
    if (pod.bandwidth) interface.share = {pod.queue, {pod.bandwidth->guaranteed, pod.bandwidth->maximum}};
    interface.line = pod.line;
    document_.interfaces.push_back(std::move(interface));
  }

  void add_vrf() {
    Vrf vrf;
    vrf.name = kPodVrf;
    vrf.table = document_.pod_settings.table;
    vrf.routes.push_back(
        {.to = {IpAddress(), 0}, .via = std::nullopt, .through = "", .line = document_.pod_settings.line});
    document_.vrfs.push_back(std::move(vrf));
  }

  // Pods are found from the main VRF, and from others whose zones a policy lets in.
  void lead_to_pods() {
    VrfRoute route{.to = document_.pod_settings.subnets,
                   .via = std::nullopt,
                   .through = std::string(kPodVrf),
                   .line = document_.pod_settings.line,
                   .for_host = true};
    document_.routes.push_back(route);
    route.for_host = false;
    std::set<std::string> vrfs;
    for (const Interface& interface : document_.interfaces)
      if (!interface.vrf.empty() && interface.vrf != kPodVrf && may_pass(interface.zone, kPodZone))
        vrfs.insert(interface.vrf);
    for (Vrf& vrf : document_.vrfs)
      if (vrfs.contains(vrf.name)) vrf.routes.push_back(route);
  }

  Policy policy(const Pod& pod, std::string_view part, std::vector<std::string> from,
                std::vector<std::string> to) const {
    Policy made;
    made.name = part.empty() ? pod_set(pod.name) : fmt::format("{} {}", pod_set(pod.name), part);
    made.from = std::move(from);
    made.to = std::move(to);
    made.action = Action::kAccept;
    made.line = pod.line;
    return made;
  }

  // The gateway itself may speak to anybody, its front end too.
  void add_ingress(const Pod& pod) {
    for (size_t i = 0; i < pod.ingress.size(); ++i) {
      const PodIngress& from = pod.ingress[i];
      if (from.zone == kFrontZone || from.zone == kHostZone) continue;
      Policy in = policy(pod, fmt::format("ingress {}", i + 1), zones_, {std::string(kPodZone)});
      in.destination.sets = {pod_set(pod.name)};
      in.source.prefixes = from.prefixes;
      if (!from.zone.empty()) in.from = {from.zone};
      if (!from.pod.empty()) {
        in.from = {std::string(kPodZone)};
        in.source.sets = {pod_set(from.pod)};
      }
      if (!in.from.empty()) document_.policies.push_back(std::move(in));
    }
  }

  // Of DNS, to the gateway's own side of pods alone.
  void admit_questions() {
    Policy names;
    names.name = kPodNamesPolicy;
    names.from = {std::string(kPodZone)};
    names.to = {std::string(kHostZone)};
    names.destination.prefixes = {document_.pod_settings.subnets};
    names.protocols = {IPPROTO_TCP, IPPROTO_UDP};
    names.ports = {kDns};
    names.action = Action::kAccept;
    names.line = document_.pod_settings.line;
    document_.policies.push_back(std::move(names));
  }

  // Those that name ports may name any.
  void add_domains(const Pod& pod) {
    Policy named = policy(pod, "domains", {std::string(kPodZone)}, {way_.zone});
    named.source.sets = {pod_set(pod.name)};
    named.domains = pod.egress.domains;
    named.destination.sets = {set_of_domains(named.name)};
    document_.sets[set_of_domains(named.name)];   // nothing is open yet
    if (!pod.egress.ports.empty()) named.protocols = {IPPROTO_TCP, IPPROTO_UDP};
    named.ports = pod.egress.ports;
    (named.ports.empty() ? to_domains_ : document_.policies).push_back(std::move(named));
  }

  void add_egress(const Pod& pod) {
    if (!pod.egress.prefixes.empty() && !main_zones_.empty()) {
      Policy near = policy(pod, "prefixes", {std::string(kPodZone)}, main_zones_);
      near.source.sets = {pod_set(pod.name)};
      near.destination.prefixes = pod.egress.prefixes;
      if (!pod.egress.ports.empty()) near.protocols = {IPPROTO_TCP, IPPROTO_UDP};
      near.ports = pod.egress.ports;
      document_.policies.push_back(std::move(near));
    }
    if (!pod.egress.accept && pod.egress.domains.empty()) return;
    if (way_.zone.empty()) {
      sentences_.push_back(
          fmt::format("pod \"{}\": no default route leads out of an interface of the document, so it "
                      "has no way to the internet",
                      pod.name));
      return;
    }
    if (!pod.egress.domains.empty()) add_domains(pod);
    if (!pod.egress.accept) return;
    Policy out = policy(pod, "", {std::string(kPodZone)}, {way_.zone});
    out.source.sets = {pod_set(pod.name)};
    to_internet_.push_back(std::move(out));
  }

  Policy refusal(std::string name) const {
    Policy refused;
    refused.name = std::move(name);
    refused.from = {std::string(kPodZone)};
    refused.to = {way_.zone};
    refused.line = document_.pod_settings.line;
    return refused;
  }

  // Names are asked for at the gateway alone: in front of what accepts every port, and behind what names a
  // network or a port.
  void keep_names_from_outside() {
    if (to_domains_.empty() && to_internet_.empty()) return;
    Policy names = refusal("pods dns");
    names.protocols = {IPPROTO_TCP, IPPROTO_UDP};
    names.ports = {kDns, kDnsOverTls};
    document_.policies.push_back(std::move(names));
  }

  // In front of what accepts the internet, and behind what names a network.
  void keep_from_near() {
    Policy near = refusal("pods private");
    near.destination.prefixes = private_networks();
    document_.policies.push_back(std::move(near));
  }

  bool may_pass(std::string_view from, std::string_view to) const {
    return std::ranges::any_of(document_.policies, [&](const Policy& policy) {
      return policy.action == Action::kAccept && has_zone(policy.from, from) && has_zone(policy.to, to);
    });
  }

  void masquerade() {
    const auto is_hidden = [&](const Masquerade& masquerade) {
      return has_zone(masquerade.from, kPodZone) && has_zone(masquerade.to, way_.zone);
    };
    if (way_.zone.empty() || !may_pass(kPodZone, way_.zone) ||
        std::ranges::any_of(document_.masquerades, is_hidden))
      return;
    Masquerade made;
    made.name = "pods all";
    made.from = {std::string(kPodZone)};
    made.to = {way_.zone};
    made.line = document_.pod_settings.line;
    document_.masquerades.push_back(std::move(made));
  }

  // A pod's maximum is kept by the queues of the line that it sends by, also where nobody says how fast that
  // is.
  void share_lines() {
    const auto is_bounded = [](const Pod& pod) { return pod.bandwidth && pod.bandwidth->maximum; };
    if (std::ranges::none_of(document_.pods, is_bounded)) return;
    std::map<std::string, bool> reached;
    for (Interface& interface : document_.interfaces) {
      if (!interface.vrf.empty() || interface.rate) continue;
      const auto [at, is_new] = reached.try_emplace(interface.zone, false);
      if (is_new) at->second = may_pass(kPodZone, interface.zone) || interface.zone == way_.zone;
      if (at->second) interface.rate = kUnknownRate;
    }
  }

  std::string outside_device() const {
    if (!way_.device.empty()) return way_.device;
    for (const Interface& interface : document_.interfaces)
      if (interface.zone == way_.zone && interface.vrf.empty()) return interface.name;
    return "";
  }

  void publish(const Pod& pod, const PodService& service) {
    const std::string device = outside_device();
    if (device.empty()) {
      sentences_.push_back(
          fmt::format("pod \"{}\": no default route leads out of an interface of the document, so "
                      "service \"{}\" is not published",
                      pod.name, service.name));
      return;
    }
    Forward forward;
    forward.name = pod_service_name(pod.name, service.name);
    forward.listen = device;
    forward.protocols = {service.protocol};
    forward.ports = {{*service.outside_port, *service.outside_port}};
    forward.to = *pod.address;
    forward.to_port = service.port;
    forward.vrf = kPodVrf;
    forward.line = service.line;
    document_.forwards.push_back(std::move(forward));
  }

  Document& document_;
  const WayOut& way_;
  std::vector<std::string> zones_, main_zones_;    // of others
  std::vector<Policy> to_domains_, to_internet_;   // of any port
  std::vector<std::string> sentences_;
};

}   // namespace

std::vector<std::string> expand_pods(Document& document, const WayOut& way) {
  if (document.pods.empty()) return {};
  return PodExpander(document, way).run();
}

}   // namespace sluice
