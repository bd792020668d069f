// SPDX-License-Identifier: GPL-2.0-or-later
// Packets written as layers: Ip4{.src = "192.0.2.1", .dst = "198.51.100.1"} / Udp{.dport = 53} /
// text("hello"). build() gives bytes with the right lengths and checksums; what a layer states itself is
// taken as it is.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice::test {

using Bytes = std::vector<uint8_t>;
using Mac = std::array<uint8_t, 6>;

inline constexpr uint8_t kIcmp = 1, kIgmp = 2, kTcp = 6, kUdp = 17, kRouting = 43, kFragment = 44, kGre = 47,
                         kEsp = 50, kAh = 51, kIcmp6 = 58, kNoNext = 59, kDestination = 60, kHopByHop = 0,
                         kSctp = 132, kUdpLite = 136;
inline constexpr uint8_t kFin = 1, kSyn = 2, kRst = 4, kAck = 16;

struct Eth {
  Mac dst{}, src{};
  std::optional<uint16_t> type;
};

struct Ip4 {
  std::string_view src, dst;
  uint8_t ttl = 64, tos = 0;
  uint16_t id = 0x1234;
  bool df = true, more = false;
  uint16_t offset = 0;   // of a fragment, in 8 bytes
  Bytes options{};
  std::optional<uint8_t> version{}, ihl{}, protocol{};
  std::optional<uint16_t> length{};
};

struct Ip6 {
  std::string_view src, dst;
  uint8_t ttl = 64, traffic_class = 0;
  std::optional<uint8_t> version{}, next{};
  std::optional<uint16_t> length{};
};

// An IPv6 extension header; `units` as the header says it, default: right for the body.
struct Extension {
  uint8_t kind = kDestination;
  Bytes body = {1, 4, 0, 0, 0, 0};   // what follows the first two bytes: a PadN option
  std::optional<uint8_t> units{};
};

struct Fragment6 {
  uint16_t offset = 0;   // in 8 bytes
  bool more = false;
  uint32_t id = 0x01020304;
};

struct Tcp {
  uint16_t sport = 40000, dport = 80;
  uint32_t seq = 1000, ack = 0;
  uint8_t flags = kSyn;
  uint16_t window = 64240;
  Bytes options{};   // padded to whole words with zeros
  std::optional<uint8_t> data_offset{};
  std::optional<uint16_t> checksum{};
};

struct Udp {
  uint16_t sport = 40000, dport = 53;
  std::optional<uint16_t> length{}, checksum{};
};

struct UdpLite {
  uint16_t sport = 40000, dport = 53;
  uint16_t coverage = 0;   // 0: everything
};

struct Echo {   // ICMP or ICMPv6, as the family wants
  bool reply = false;
  uint16_t id = 4711, sequence = 1;
  std::optional<uint16_t> checksum{};
};

struct Icmp {   // any other message of either family: what it quotes is the next layer
  uint8_t type = 3, code = 0;
  uint32_t info = 0;
};

struct Sctp {
  uint16_t sport = 40000, dport = 5000;
  uint32_t tag = 0xfeedbeef;
};

struct Gre {
  uint16_t protocol = 0x0800;
};

struct Esp {
  uint32_t spi = 0x1001, sequence = 1;
};

using Layer =
    std::variant<Eth, Ip4, Ip6, Extension, Fragment6, Tcp, Udp, UdpLite, Echo, Icmp, Sctp, Gre, Esp, Bytes>;
using Layers = std::vector<Layer>;

template <class L>
concept IsLayer = std::constructible_from<Layer, L>;

template <IsLayer A, IsLayer B>
Layers operator/(A a, B b) {
  return {Layer(std::move(a)), Layer(std::move(b))};
}
template <IsLayer B>
Layers operator/(Layers layers, B b) {
  layers.push_back(Layer(std::move(b)));
  return layers;
}
inline Layers operator/(Layers layers, const Layers& more) {
  layers.insert(layers.end(), more.begin(), more.end());
  return layers;
}
template <IsLayer A>
Layers operator/(A a, const Layers& more) {
  return Layers{Layer(std::move(a))} / more;
}

Bytes text(std::string_view words);
Bytes build(const Layers& layers);

// Pieces of a built IPv4 or IPv6 packet (no Ethernet header): `units` of 8 payload bytes in each but the
// last.
std::vector<Bytes> fragment(const Bytes& packet, uint16_t units);

// RFC 1071 over bytes; the answer is the value whose complement stands in headers.
uint16_t internet_sum(const uint8_t* at, size_t size, uint32_t start = 0);

}   // namespace sluice::test
