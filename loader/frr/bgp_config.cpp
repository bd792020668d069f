// SPDX-License-Identifier: GPL-2.0-or-later
#include "frr/bgp_config.hpp"

#include <fmt/format.h>

#include "frr/config_text.hpp"

namespace sluice {
namespace {

// Minutes until a site that announced too much may try again.
constexpr int kRestart = 5;

class BgpConfig {
 public:
  explicit BgpConfig(const Router& router) : router_(router) {}

  std::string text() {
    text_.begin(router_);
    if (!router_.vrf_device.empty()) add_device();
    for (const RouterNeighbour& neighbour : router_.neighbours) add_filters(neighbour);
    text_.add("router bgp {}", router_.asn);
    add_session_settings();
    for (const RouterNeighbour& neighbour : router_.neighbours)
      for (const auto& address : {neighbour.address, neighbour.address6})
        if (address) add_session(neighbour, *address);
    add_family(Family::kIpv4);
    add_family(Family::kIpv6);
    text_.add("exit");
    return text_.take();
  }

 private:
  // A session that came in is bound to the device of its VRF. bgpd closes it unless it knows an interface of
  // that name, and without zebra it knows those of its configuration.
  void add_device() {
    text_.add("interface {}", router_.vrf_device);
    text_.add("exit");
  }

  void add_filters(const RouterNeighbour& neighbour) {
    for (const Family family : {Family::kIpv4, Family::kIpv6}) {
      const int bits = family == Family::kIpv4 ? 32 : 128;
      text_.begin_list(family, "of-" + neighbour.endpoint);
      for (const Prefix& route : neighbour.routes)
        if (route.address.family() == family)
          text_.add("{} prefix-list of-{} permit {}{}", ConfigText::ip(family), neighbour.endpoint,
                    route.to_string(), route.length < bits ? fmt::format(" le {}", bits) : "");
    }
  }

  void add_session_settings() {
    if (router_.address) text_.add(" bgp router-id {}", router_.address->to_string());
    text_.add(" no bgp default ipv4-unicast");
    text_.add(
        " no bgp ebgp-requires-policy");   // each has filters, which are no policy in the sense of RFC 8212
    text_.add(" no bgp network import-check");
    text_.add(" timers bgp 10 30");
  }

  // Sites open the sessions: a socket of the gateway's own would look for them in the main VRF.
  void add_session(const RouterNeighbour& neighbour, const IpAddress& address) {
    const std::string name = address.to_string();
    text_.add(" neighbor {} remote-as {}", name, neighbour.asn);
    text_.add(" neighbor {} description {}", name, neighbour.endpoint);
    text_.add(" neighbor {} passive", name);
    if (neighbour.asn != router_.asn) text_.add(" neighbor {} disable-connected-check", name);
  }

  void add_family(Family family) {
    text_.add(" address-family {} unicast", family == Family::kIpv4 ? "ipv4" : "ipv6");
    for (const Prefix& prefix : router_.announced)
      if (prefix.address.family() == family) text_.add("  network {}", prefix.to_string());
    for (const RouterNeighbour& neighbour : router_.neighbours)
      if (const auto& address = family == Family::kIpv4 ? neighbour.address : neighbour.address6)
        add_exchange(neighbour, address->to_string());
    text_.add(" exit-address-family");
  }

  // What the filter refuses is not kept, and does not count (`force` counts what all others sent, as of
  // FRR 8.4): after a change of the filter the site is asked for its routes again (RFC 2918).
  void add_exchange(const RouterNeighbour& neighbour, const std::string& name) {
    text_.add("  neighbor {} activate", name);
    text_.add("  neighbor {} prefix-list of-{} in", name, neighbour.endpoint);
    text_.add("  neighbor {} maximum-prefix {} restart {}", name, neighbour.maximum_prefixes, kRestart);
    text_.add("  neighbor {} next-hop-self force", name);
    if (neighbour.asn == router_.asn)
      text_.add("  neighbor {} route-reflector-client", name);
    else
      text_.add("  neighbor {} as-override", name);   // sites may share a number
  }

  const Router& router_;
  ConfigText text_;
};

}   // namespace

std::string bgp_config(const Router& router) { return BgpConfig(router).text(); }

}   // namespace sluice
