// SPDX-License-Identifier: GPL-2.0-or-later
#include "frr/bgp_config.hpp"

#include <fmt/format.h>

#include <iterator>

namespace sluice {
namespace {

// Minutes until a site that announced too much may try again.
constexpr int kRestart = 5;

class BgpConfig {
 public:
  explicit BgpConfig(const Router& router) : router_(router) {}

  std::string text() {
    add_frame();
    add("log syslog warnings");
    if (!router_.vrf_device.empty()) add_device();
    for (const RouterNeighbour& neighbour : router_.neighbours) add_filters(neighbour);
    add("router bgp {}", router_.asn);
    add_session_settings();
    for (const RouterNeighbour& neighbour : router_.neighbours)
      for (const auto& address : {neighbour.address, neighbour.address6})
        if (address) add_session(neighbour, *address);
    add_family(Family::kIpv4);
    add_family(Family::kIpv6);
    add("exit");
    return std::move(text_);
  }

 private:
  template <class... Values>
  void add(fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Values>(values)...);
    text_ += '\n';
  }

  // What its command line says, so that a change of it is one of this text.
  void add_frame() {
    text_ += "!";
    for (const auto& address : {router_.address, router_.address6})
      if (address) fmt::format_to(std::back_inserter(text_), " listens on {}", address->to_string());
    if (!router_.vrf_device.empty())
      fmt::format_to(std::back_inserter(text_), " in VRF {}", router_.vrf_device);
    text_ += '\n';
  }

  // A session that came in is bound to the device of its VRF. bgpd closes it unless it knows an interface of
  // that name, and without zebra it knows those of its configuration.
  void add_device() {
    add("interface {}", router_.vrf_device);
    add("exit");
  }

  static const char* ip(Family family) { return family == Family::kIpv4 ? "ip" : "ipv6"; }

  // A list without a line would let everything pass: each begins with one that nobody's prefix is.
  void add_filters(const RouterNeighbour& neighbour) {
    for (const Family family : {Family::kIpv4, Family::kIpv6}) {
      const int bits = family == Family::kIpv4 ? 32 : 128;
      add("{} prefix-list of-{} seq 1 deny {}", ip(family), neighbour.endpoint,
          family == Family::kIpv4 ? "255.255.255.255/32" : "::1/128");
      for (const Prefix& route : neighbour.routes)
        if (route.address.family() == family)
          add("{} prefix-list of-{} permit {}{}", ip(family), neighbour.endpoint, route.to_string(),
              route.length < bits ? fmt::format(" le {}", bits) : "");
    }
  }

  void add_session_settings() {
    if (router_.address) add(" bgp router-id {}", router_.address->to_string());
    add(" no bgp default ipv4-unicast");
    add(" no bgp ebgp-requires-policy");   // each has filters, which are no policy in the sense of RFC 8212
    add(" no bgp network import-check");
    add(" timers bgp 10 30");
  }

  // Sites open the sessions: a socket of the gateway's own would look for them in the main VRF.
  void add_session(const RouterNeighbour& neighbour, const IpAddress& address) {
    const std::string name = address.to_string();
    add(" neighbor {} remote-as {}", name, neighbour.asn);
    add(" neighbor {} description {}", name, neighbour.endpoint);
    add(" neighbor {} passive", name);
    if (neighbour.asn != router_.asn) add(" neighbor {} disable-connected-check", name);
  }

  void add_family(Family family) {
    add(" address-family {} unicast", family == Family::kIpv4 ? "ipv4" : "ipv6");
    for (const Prefix& prefix : router_.announced)
      if (prefix.address.family() == family) add("  network {}", prefix.to_string());
    for (const RouterNeighbour& neighbour : router_.neighbours)
      if (const auto& address = family == Family::kIpv4 ? neighbour.address : neighbour.address6)
        add_exchange(neighbour, address->to_string());
    add(" exit-address-family");
  }

  // What the filter refuses is not kept, and does not count (`force` counts what all others sent, as of
  // FRR 8.4): after a change of the filter the site is asked for its routes again (RFC 2918).
  void add_exchange(const RouterNeighbour& neighbour, const std::string& name) {
    add("  neighbor {} activate", name);
    add("  neighbor {} prefix-list of-{} in", name, neighbour.endpoint);
    add("  neighbor {} maximum-prefix {} restart {}", name, neighbour.maximum_prefixes, kRestart);
    add("  neighbor {} next-hop-self force", name);
    if (neighbour.asn == router_.asn)
      add("  neighbor {} route-reflector-client", name);
    else
      add("  neighbor {} as-override", name);   // sites may share a number
  }

  const Router& router_;
  std::string text_;
};

}   // namespace

std::string bgp_config(const Router& router) { return BgpConfig(router).text(); }

}   // namespace sluice
