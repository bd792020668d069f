// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/conntrack/tuple.hpp"

#include <linux/icmp.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/icmp6.h>
#include <sys/socket.h>

#include <array>

#include "base/protocol.hpp"
#include "kernel/netlink/addresses.hpp"
#include "kernel/netlink/attributes.hpp"

// The builder's functions answer the object that they were called on: moving it there does not move it away.
// NOLINTBEGIN(bugprone-use-after-move)
namespace sluice {

namespace {

struct QueryTypes {
  uint8_t protocol, query, reply;
};
constexpr QueryTypes kQueries[] = {{IPPROTO_ICMP, ICMP_ECHO, ICMP_ECHOREPLY},
                                   {IPPROTO_ICMP, ICMP_TIMESTAMP, ICMP_TIMESTAMPREPLY},
                                   {IPPROTO_ICMP, ICMP_INFO_REQUEST, ICMP_INFO_REPLY},
                                   {IPPROTO_ICMP, ICMP_ADDRESS, ICMP_ADDRESSREPLY},
                                   {IPPROTO_ICMPV6, ICMP6_ECHO_REQUEST, ICMP6_ECHO_REPLY}};

QueryTypes types_of(const ConntrackEntry& entry) {
  for (const QueryTypes& types : kQueries)
    if (types.protocol == entry.protocol && (entry.icmp_type == 0 || entry.icmp_type == types.query))
      return types;
  return {entry.protocol, entry.icmp_type, entry.icmp_type};
}

template <class T>
T big_endian(std::span<const uint8_t> bytes) {
  if (bytes.size() != sizeof(T)) return 0;
  T value = 0;
  for (const uint8_t byte : bytes) value = static_cast<T>(value << 8 | byte);
  return value;
}

void put_addresses(NlRequest&& to, const ConntrackDirection& direction) {
  const bool ipv4 = direction.source.is_ipv4();
  std::move(to)
      .bytes(ipv4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, wire_bytes(direction.source))
      .bytes(ipv4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, wire_bytes(direction.destination));
}

// The id is the same in both directions of a tuple, whatever the type.
void put_icmp(NlRequest&& to, const ConntrackDirection& direction, uint8_t protocol, uint8_t type) {
  const bool v4 = protocol == IPPROTO_ICMP;
  const uint16_t id = direction.source_port ? direction.source_port : direction.destination_port;
  put_be16(std::move(to), v4 ? CTA_PROTO_ICMP_ID : CTA_PROTO_ICMPV6_ID, id)
      .u8(v4 ? CTA_PROTO_ICMP_TYPE : CTA_PROTO_ICMPV6_TYPE, type)
      .u8(v4 ? CTA_PROTO_ICMP_CODE : CTA_PROTO_ICMPV6_CODE, 0);
}

void put_ports(NlRequest&& to, const ConntrackDirection& direction) {
  put_be16(std::move(to), CTA_PROTO_SRC_PORT, direction.source_port);
  put_be16(std::move(to), CTA_PROTO_DST_PORT, direction.destination_port);
}

NlRequest&& put_tuple(NlRequest&& to, uint16_t type, const ConntrackDirection& direction, uint8_t protocol,
                      uint8_t icmp_type, uint16_t zone = 0) {
  return std::move(to).nest(type, [&](NlRequest&& tuple) {
    std::move(tuple)
        .nest(CTA_TUPLE_IP, [&](NlRequest&& ip) { put_addresses(std::move(ip), direction); })
        .nest(CTA_TUPLE_PROTO, [&](NlRequest&& proto) {
          std::move(proto).u8(CTA_PROTO_NUM, protocol);
          if (is_icmp(protocol)) put_icmp(std::move(proto), direction, protocol, icmp_type);
          // GRE's are its keys, which are 0 outside of PPTP.
          if (has_ports(protocol) || protocol == IPPROTO_GRE) put_ports(std::move(proto), direction);
        });
    if (zone) put_be16(std::move(tuple), CTA_TUPLE_ZONE, zone);
  });
}

struct ParsedTuple {
  ConntrackDirection direction;
  uint8_t protocol = 0, icmp_type = 0;
};

uint8_t byte(std::span<const uint8_t> bytes) { return bytes.size() == 1 ? bytes[0] : 0; }

void parse_endpoints(const Attributes& proto, bool is_reply, ParsedTuple& tuple) {
  const bool v4 = tuple.protocol == IPPROTO_ICMP;
  if (!is_icmp(tuple.protocol)) {
    tuple.direction.source_port = be16(proto.bytes(CTA_PROTO_SRC_PORT));
    tuple.direction.destination_port = be16(proto.bytes(CTA_PROTO_DST_PORT));
    return;
  }
  const uint16_t id = be16(proto.bytes(v4 ? CTA_PROTO_ICMP_ID : CTA_PROTO_ICMPV6_ID));
  (is_reply ? tuple.direction.destination_port : tuple.direction.source_port) = id;
  tuple.icmp_type = byte(proto.bytes(v4 ? CTA_PROTO_ICMP_TYPE : CTA_PROTO_ICMPV6_TYPE));
}

std::optional<ParsedTuple> parse_tuple(uint8_t family, const Attributes& attributes, bool is_reply) {
  const Attributes ip = attributes.nest(CTA_TUPLE_IP), proto = attributes.nest(CTA_TUPLE_PROTO);
  const bool v4 = family == AF_INET;
  const auto source = parse_ip(family, ip.bytes(v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC));
  const auto destination = parse_ip(family, ip.bytes(v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST));
  if (!source || !destination || !proto.has(CTA_PROTO_NUM)) return std::nullopt;
  ParsedTuple tuple{{*source, *destination, 0, 0}, byte(proto.bytes(CTA_PROTO_NUM)), 0};
  parse_endpoints(proto, is_reply, tuple);
  return tuple;
}

}   // namespace

uint8_t address_family(const ConntrackEntry& entry) {
  return entry.original.source.is_ipv4() ? AF_INET : AF_INET6;
}

bool is_icmp(uint8_t protocol) { return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6; }

NlRequest&& put_be16(NlRequest&& to, uint16_t type, uint16_t value) {
  const std::array<uint8_t, 2> bytes{static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)};
  return std::move(to).bytes(type, bytes);
}

NlRequest&& put_original(NlRequest&& to, uint16_t type, const ConntrackEntry& entry) {
  return put_tuple(std::move(to), type, entry.original, entry.protocol, types_of(entry).query,
                   entry.zone_of_original ? entry.zone : uint16_t{0});
}

NlRequest&& put_untranslated_reply(NlRequest&& to, uint16_t type, const ConntrackEntry& entry) {
  return put_tuple(std::move(to), type, entry.original.turned(), entry.protocol, types_of(entry).reply);
}

std::optional<ConntrackEntry> parse_tuples(uint8_t family, const Attributes& original,
                                           const Attributes& reply) {
  const auto there = parse_tuple(family, original, false), back = parse_tuple(family, reply, true);
  if (!there || !back) return std::nullopt;
  ConntrackEntry entry;
  entry.protocol = there->protocol;
  entry.original = there->direction;
  entry.reply = back->direction;
  entry.icmp_type = there->icmp_type;
  entry.zone = be16(original.bytes(CTA_TUPLE_ZONE));
  entry.zone_of_original = entry.zone != 0;
  return entry;
}

uint16_t be16(std::span<const uint8_t> bytes) { return big_endian<uint16_t>(bytes); }
uint32_t be32(std::span<const uint8_t> bytes) { return big_endian<uint32_t>(bytes); }
uint64_t be64(std::span<const uint8_t> bytes) { return big_endian<uint64_t>(bytes); }

}   // namespace sluice
// NOLINTEND(bugprone-use-after-move)
