// SPDX-License-Identifier: GPL-2.0-or-later
#include "frr/cluster_bgp_config.hpp"

#include <fmt/format.h>

#include "frr/config_text.hpp"

namespace sluice {
namespace {

class ClusterBgpConfig {
 public:
  explicit ClusterBgpConfig(const Router& router) : router_(router) {}

  std::string text() {
    text_.begin(router_);
    text_.add("ip prefix-list nothing seq 1 deny 0.0.0.0/0 le 32");
    text_.add("ipv6 prefix-list nothing seq 1 deny ::/0 le 128");
    for (const RouterNeighbour& neighbour : router_.neighbours) add_filter(neighbour);
    for (uint32_t metric = kLeastMetric; metric <= kMostMetric; ++metric) add_map(metric);
    add_map(kMetricOfStandby);
    text_.add("router bgp {}", router_.asn);
    add_session_settings();
    for (const RouterNeighbour& neighbour : router_.neighbours) add_session(neighbour);
    add_family(Family::kIpv4);
    add_family(Family::kIpv6);
    text_.add("exit");
    return text_.take();
  }

 private:
  // One for each: routers are told of another one as soon as a session names it, and a map that changes waits
  // for seconds.
  void add_map(uint32_t metric) {
    text_.add("route-map {} permit 1", route_map(metric));
    text_.add(" set metric {}", metric);
    text_.add("exit");
  }

  static std::string route_map(uint32_t metric) { return fmt::format("metric-{}", metric); }

  void add_filter(const RouterNeighbour& neighbour) {
    const Family family = neighbour.address ? Family::kIpv4 : Family::kIpv6;
    text_.begin_list(family, "to-" + neighbour.endpoint);
    for (const Prefix& prefix : neighbour.told)
      text_.add("{} prefix-list to-{} permit {}", ConfigText::ip(family), neighbour.endpoint,
                prefix.to_string());
  }

  // A node that was cut off is left after nine seconds at the latest. Nobody waits for that where another
  // node has become active: what that says is better.
  void add_session_settings() {
    if (router_.address) text_.add(" bgp router-id {}", router_.address->to_string());
    text_.add(" no bgp default ipv4-unicast");
    text_.add(" no bgp ebgp-requires-policy");   // each has filters: no policy in the sense of RFC 8212
    text_.add(" no bgp network import-check");
    text_.add(
        " coalesce-time 0");   // who has another map waits a second otherwise, in case that others follow
    text_.add(" timers bgp 3 9");
  }

  void add_session(const RouterNeighbour& neighbour) {
    text_.add(" neighbor {} remote-as {}", neighbour.endpoint, neighbour.asn);
    if (neighbour.own)
      text_.add(" neighbor {} update-source {}", neighbour.endpoint, neighbour.own->to_string());
    text_.add(" neighbor {} timers connect 5", neighbour.endpoint);
    if (neighbour.asn != router_.asn) text_.add(" neighbor {} disable-connected-check", neighbour.endpoint);
  }

  void add_family(Family family) {
    text_.add(" address-family {} unicast", family == Family::kIpv4 ? "ipv4" : "ipv6");
    for (const Prefix& prefix : router_.announced)
      if (prefix.address.family() == family) text_.add("  network {}", prefix.to_string());
    for (const RouterNeighbour& neighbour : router_.neighbours)
      if (family == Family::kIpv4 ? neighbour.address.has_value() : neighbour.address6.has_value())
        add_exchange(neighbour.endpoint);
    text_.add(" exit-address-family");
  }

  void add_exchange(const std::string& name) {
    text_.add("  neighbor {} activate", name);
    text_.add("  neighbor {} prefix-list nothing in", name);
    text_.add("  neighbor {} prefix-list to-{} out", name, name);
    text_.add("  neighbor {} route-map {} out", name, route_map(*router_.metric));
    text_.add("  neighbor {} next-hop-self", name);
  }

  const Router& router_;
  ConfigText text_;
};

}   // namespace

std::string cluster_bgp_config(const Router& router) { return ClusterBgpConfig(router).text(); }

}   // namespace sluice
