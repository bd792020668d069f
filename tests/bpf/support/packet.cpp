// SPDX-License-Identifier: GPL-2.0-or-later
#include "packet.hpp"

#include <algorithm>
#include <stdexcept>

#include "model/address.hpp"

namespace sluice::test {
namespace {

struct Writer {
  Bytes bytes;
  Writer& u8(uint8_t value) {
    bytes.push_back(value);
    return *this;
  }
  Writer& u16(uint16_t value) { return u8(value >> 8).u8(value & 0xff); }
  Writer& u32(uint32_t value) { return u16(value >> 16).u16(value & 0xffff); }
  Writer& put(const Bytes& more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
    return *this;
  }
  Writer& address(std::string_view words) {
    const auto parsed = IpAddress::parse(words);
    if (!parsed) throw std::invalid_argument("no address: " + std::string(words));
    const auto& all = parsed->bytes();
    bytes.insert(bytes.end(), all.begin() + (parsed->is_ipv4() ? 12 : 0), all.end());
    return *this;
  }
};

void store16(Bytes& bytes, size_t at, uint16_t value) {
  bytes[at] = value >> 8;
  bytes[at + 1] = value & 0xff;
}

// The packet as far as it is written, from its end to its beginning.
struct Building {
  Bytes bytes;
  std::optional<uint8_t> protocol;   // of what `bytes` begins with
  struct Check {
    size_t from_end;   // of the checksum field
    size_t covered;    // bytes, counted from the end
    uint8_t protocol;
    uint32_t length;   // as the pseudo header says it
  };
  std::optional<Check> check;
  bool ip6 = false;   // of the layer that will come around it

  void prepend(const Bytes& header, std::optional<uint8_t> number) {
    bytes.insert(bytes.begin(), header.begin(), header.end());
    protocol = number;
  }
};

// Marks the checksum of the transport header that was just prepended: the IP layer knows the addresses.
void check_later(Building& b, size_t offset, uint8_t protocol, size_t covered = 0) {
  const size_t all = b.bytes.size();
  b.check = {all - offset, covered ? covered : all, protocol, static_cast<uint32_t>(all)};
}

void wrap(Building& b, const Eth& eth) {
  Writer w;
  for (const uint8_t byte : eth.dst) w.u8(byte);
  for (const uint8_t byte : eth.src) w.u8(byte);
  w.u16(eth.type.value_or(b.ip6 ? 0x86dd : 0x0800));
  b.prepend(w.bytes, std::nullopt);
}

void finish_check(Building& b, const Bytes& pseudo) {
  if (!b.check) return;
  const size_t start = b.bytes.size() - b.check->length, at = b.bytes.size() - b.check->from_end;
  const size_t covered = std::min<size_t>(b.check->covered, b.check->length);
  uint16_t sum = ~internet_sum(b.bytes.data() + start, covered, internet_sum(pseudo.data(), pseudo.size()));
  if (sum == 0 && (b.check->protocol == kUdp || b.check->protocol == kUdpLite)) sum = 0xffff;
  store16(b.bytes, at, sum);
  b.check.reset();
}

void wrap(Building& b, const Ip4& ip) {
  if (b.check)
    finish_check(
        b, b.check->protocol == kIcmp
               ? Bytes{}
               : Writer{}.address(ip.src).address(ip.dst).u16(b.check->protocol).u16(b.check->length).bytes);
  const size_t header = 20 + (ip.options.size() + 3) / 4 * 4;
  Writer w;
  w.u8(ip.version.value_or(4) << 4 | ip.ihl.value_or(header / 4)).u8(ip.tos);
  w.u16(ip.length.value_or(header + b.bytes.size())).u16(ip.id);
  w.u16(ip.df << 14 | ip.more << 13 | ip.offset)
      .u8(ip.ttl)
      .u8(ip.protocol.value_or(b.protocol.value_or(253)));
  w.u16(0).address(ip.src).address(ip.dst).put(ip.options);
  w.bytes.resize(header);
  store16(w.bytes, 10, ~internet_sum(w.bytes.data(), header));
  b.prepend(w.bytes, 4);
  b.ip6 = false;
}

void wrap(Building& b, const Ip6& ip) {
  if (b.check)
    finish_check(b,
                 Writer{}.address(ip.src).address(ip.dst).u32(b.check->length).u32(b.check->protocol).bytes);
  Writer w;
  w.u8(ip.version.value_or(6) << 4 | ip.traffic_class >> 4).u8((ip.traffic_class & 15) << 4).u16(0);
  w.u16(ip.length.value_or(b.bytes.size())).u8(ip.next.value_or(b.protocol.value_or(kNoNext))).u8(ip.ttl);
  b.prepend(w.address(ip.src).address(ip.dst).bytes, 41);
  b.ip6 = true;
}

void wrap(Building& b, const Extension& e) {
  const uint8_t units = e.kind == kAh ? (e.body.size() + 2) / 4 - 2 : (e.body.size() + 2) / 8 - 1;
  b.prepend(Writer{}.u8(b.protocol.value_or(kNoNext)).u8(e.units.value_or(units)).put(e.body).bytes, e.kind);
}

void wrap(Building& b, const Fragment6& f) {
  b.prepend(Writer{}.u8(b.protocol.value_or(kNoNext)).u8(0).u16(f.offset << 3 | f.more).u32(f.id).bytes,
            kFragment);
}

void wrap(Building& b, const Tcp& t) {
  const size_t header = 20 + (t.options.size() + 3) / 4 * 4;
  Writer w;
  w.u16(t.sport).u16(t.dport).u32(t.seq).u32(t.ack).u8(t.data_offset.value_or(header / 4) << 4).u8(t.flags);
  w.u16(t.window).u16(t.checksum.value_or(0)).u16(0).put(t.options);
  w.bytes.resize(header);
  b.prepend(w.bytes, kTcp);
  if (!t.checksum) check_later(b, 16, kTcp);
}

void wrap(Building& b, const Udp& u) {
  const uint16_t length = u.length.value_or(b.bytes.size() + 8);
  b.prepend(Writer{}.u16(u.sport).u16(u.dport).u16(length).u16(u.checksum.value_or(0)).bytes, kUdp);
  if (!u.checksum) check_later(b, 6, kUdp);
}

void wrap(Building& b, const UdpLite& u) {
  b.prepend(Writer{}.u16(u.sport).u16(u.dport).u16(u.coverage).u16(0).bytes, kUdpLite);
  check_later(b, 6, kUdpLite, u.coverage);
}

void wrap(Building& b, const Echo& e) {
  const uint8_t type = b.ip6 ? (e.reply ? 129 : 128) : (e.reply ? 0 : 8), protocol = b.ip6 ? kIcmp6 : kIcmp;
  b.prepend(Writer{}.u8(type).u8(0).u16(e.checksum.value_or(0)).u16(e.id).u16(e.sequence).bytes, protocol);
  if (!e.checksum) check_later(b, 2, protocol);
}

void wrap(Building& b, const Icmp& i) {
  const uint8_t protocol = b.ip6 ? kIcmp6 : kIcmp;
  b.prepend(Writer{}.u8(i.type).u8(i.code).u16(0).u32(i.info).bytes, protocol);
  check_later(b, 2, protocol);
}

// The CRC is no business of a NAT: any value must arrive as it was sent.
void wrap(Building& b, const Sctp& s) {
  b.prepend(Writer{}.u16(s.sport).u16(s.dport).u32(s.tag).u32(0x5c7b1a2d).bytes, kSctp);
}

void wrap(Building& b, const Gre& g) { b.prepend(Writer{}.u16(0).u16(g.protocol).bytes, kGre); }
void wrap(Building& b, const Esp& e) { b.prepend(Writer{}.u32(e.spi).u32(e.sequence).bytes, kEsp); }
void wrap(Building& b, const Bytes& bytes) { b.prepend(bytes, b.protocol); }

bool is_ip6_around(const Layers& layers, size_t at) {
  while (at-- > 0) {
    if (std::holds_alternative<Ip6>(layers[at])) return true;
    if (std::holds_alternative<Ip4>(layers[at])) return false;
  }
  return false;
}

}   // namespace

Bytes text(std::string_view words) { return {words.begin(), words.end()}; }

Bytes build(const Layers& layers) {
  Building b;
  for (size_t i = layers.size(); i-- > 0;) {
    if (!std::holds_alternative<Eth>(layers[i])) b.ip6 = is_ip6_around(layers, i);
    std::visit([&](const auto& layer) { wrap(b, layer); }, layers[i]);
  }
  return b.bytes;
}

namespace {

Bytes piece4(const Bytes& packet, size_t from, size_t size, bool more) {
  Bytes piece(packet.begin(), packet.begin() + 20);
  piece.insert(piece.end(), packet.begin() + 20 + from, packet.begin() + 20 + from + size);
  store16(piece, 2, piece.size());
  store16(piece, 6, more << 13 | from / 8);
  store16(piece, 10, 0);
  store16(piece, 10, ~internet_sum(piece.data(), 20));
  return piece;
}

Bytes piece6(const Bytes& packet, size_t from, size_t size, bool more) {
  Bytes piece(packet.begin(), packet.begin() + 40);
  piece[6] = kFragment;
  const Writer header =
      Writer{}.u8(packet[6]).u8(0).u16(static_cast<uint16_t>(from | (more ? 1 : 0))).u32(0x0a0b0c0d);
  piece.insert(piece.end(), header.bytes.begin(), header.bytes.end());
  piece.insert(piece.end(), packet.begin() + 40 + from, packet.begin() + 40 + from + size);
  store16(piece, 4, piece.size() - 40);
  return piece;
}

}   // namespace

std::vector<Bytes> fragment(const Bytes& packet, uint16_t units) {
  const bool ip4 = packet[0] >> 4 == 4;
  const size_t payload = packet.size() - (ip4 ? 20 : 40), step = units * 8u;
  std::vector<Bytes> pieces;
  for (size_t from = 0; from < payload; from += step) {
    const size_t size = std::min(step, payload - from);
    const bool more = from + size < payload;
    pieces.push_back(ip4 ? piece4(packet, from, size, more) : piece6(packet, from, size, more));
  }
  return pieces;
}

uint16_t internet_sum(const uint8_t* at, size_t size, uint32_t start) {
  uint64_t sum = start;
  for (size_t i = 0; i < size; ++i) sum += i % 2 ? at[i] : uint64_t{at[i]} << 8;
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}

}   // namespace sluice::test
