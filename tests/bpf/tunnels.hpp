// SPDX-License-Identifier: GPL-2.0-or-later
// `dmz` as a VXLAN with the VNI 7007: its device is a veth here as well, which only the planner takes for
// one.
#pragma once

#include <fmt/format.h>

#include "support/bpf_test.hpp"

namespace sluice::test {

// What differs from what the remote would send.
struct Outer {
  std::string_view src, dst;   // empty: as they should be
  uint32_t vni = 7007;
  uint16_t from = 50000, port = 4789;
  uint8_t flags = 8, last = 0, tos = 0;
  bool more = false;   // the first fragment of an outer packet
  std::optional<uint16_t> checksum{};
};

struct Tunnel {
  bool learning = true;
  std::string more{};   // of the document
  std::map<std::string, VlanLink> vlans{};
  bool in_vrf = false;   // "office", which leaves what it does not know to the main one
};

class TunnelTest : public LabTest {
 protected:
  ~TunnelTest() override {
    lab.pretend({});
    use(home_rules());
  }

  void use_tunnel(int family, const Tunnel& tunnel = {}) {
    family_ = family;
    Rules rules = home_rules();
    rules.more = tunnel.more;
    if (tunnel.in_vrf) {
      rules.forwards = "";   // to hosts that are in the VRF then
      rules.more +=
          R"(, "vrfs": { "office": { "table": 1100, "routes": [ { "to": "0.0.0.0/0", "through": "main" } ] } })";
    }
    std::map<std::string, LinkParameters> made(tunnel.vlans.begin(), tunnel.vlans.end());
    made["dmz"] = VxlanLink{7007, IpAddress::parse(local()).value(), 4789, tunnel.learning};
    lab.pretend(std::move(made));
    lab.forget();
    lab.apply(as_tunnel(document_of(rules), tunnel));
    know(neighbour_mac(At::kDmz, 2));
  }
  // The kernel's forwarding table says that this address, and no other one, is behind the remote.
  void know(const Mac& mac, std::string_view behind = {}, bool learned = true) {
    const auto at = IpAddress::parse(behind.empty() ? remote() : behind).value();
    const TunnelEnd end{lab.index(At::kDmz), mac, IpAddress::parse(local()).value(), at, 7007, 4789, learned};
    ASSERT_TRUE(lab.engine().put_tunnel_ends({end}));
  }
  std::string local() const { return family_ == 4 ? kWanAddress : kWanAddress6; }
  std::string remote() const { return family_ == 4 ? "203.0.113.9" : "2001:db8:f::9"; }

  Bytes framed_outer(const Bytes& inside, const Outer& outer, At device = At::kWan) const {
    const std::string own = local(), other = remote();
    const std::string_view src = outer.src.empty() ? other : outer.src,
                           dst = outer.dst.empty() ? own : outer.dst;
    Bytes head{outer.flags, 0, 0, 0};
    for (const int shift : {16, 8, 0}) head.push_back(static_cast<uint8_t>(outer.vni >> shift));
    head.push_back(outer.last);
    const Layers rest =
        Udp{.sport = outer.from, .dport = outer.port, .checksum = outer.checksum} / head / inside;
    const Eth eth{.dst = lab.mac(device), .src = neighbour_mac(device, 9)};
    if (family_ == 4)
      return build(
          eth /
          (Ip4{.src = src, .dst = dst, .tos = outer.tos, .df = !outer.more, .more = outer.more} / rest));
    return build(eth / (Ip6{.src = src, .dst = dst, .traffic_class = outer.tos} / rest));
  }
  // As the kernel's device sends it.
  Layers own_outer(uint16_t from, uint32_t vni = 7007) const {
    const Bytes head{8,
                     0,
                     0,
                     0,
                     static_cast<uint8_t>(vni >> 16),
                     static_cast<uint8_t>(vni >> 8),
                     static_cast<uint8_t>(vni),
                     0};
    own_ = {local(), remote()};
    const Layers rest = Udp{.sport = from, .dport = 4789} / head / Bytes(60);
    if (family_ == 4) return Ip4{.src = own_[0], .dst = own_[1]} / rest;
    return Ip6{.src = own_[0], .dst = own_[1]} / rest;
  }
  Outcome arrive(const Bytes& inside, const Outer& outer) {
    return lab.arrive_bytes(Hook::kXdp, At::kWan, framed_outer(inside, outer));
  }
  // From a host behind the remote.
  Outcome wrapped(const Layers& layers, const Outer& outer = {}) {
    return arrive(lab.framed(At::kDmz, layers), outer);
  }
  Outcome from_wan(const Layers& layers) { return lab.arrive(Hook::kXdp, At::kWan, layers); }
  Outcome from_lan(const Layers& layers) { return lab.arrive(Hook::kXdp, At::kLan, layers); }

  // The frame that is behind the outer headers.
  static View inside_of(const Outcome& outcome) {
    const Bytes payload = outcome.view().payload();
    EXPECT_EQ(Bytes(payload.begin(), payload.begin() + 8), (Bytes{8, 0, 0, 0, 0, 0x1b, 0x5f, 0}));
    return View(Bytes(payload.begin() + 8, payload.end()));
  }

 private:
  std::string as_tunnel(std::string document, const Tunnel& tunnel) const {
    const std::string plain = R"("zone": "dmz", "hook": "xdp")";
    return document.replace(
        document.find(plain), plain.size(),
        fmt::format(
            R"("zone": "dmz", {} "vxlan": {{ "vni": 7007, "local": "{}", "remotes": ["{}"], "learning": {} }})",
            tunnel.in_vrf ? R"("vrf": "office",)" : "", local(), remote(), tunnel.learning));
  }

  int family_ = 4;
  mutable std::array<std::string, 2> own_;   // layers keep views
};

}   // namespace sluice::test
