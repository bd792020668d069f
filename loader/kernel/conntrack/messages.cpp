// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/conntrack/messages.hpp"

#include <fmt/format.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <sys/socket.h>

#include <cstring>

#include "base/protocol.hpp"
#include "base/text.hpp"
#include "kernel/conntrack/tuple.hpp"
#include "kernel/netlink/attributes.hpp"

// The builder's functions answer the object that they were called on: moving it there does not move it away.
// NOLINTBEGIN(bugprone-use-after-move)
namespace sluice {

namespace {

constexpr uint16_t message_type(uint16_t message) { return NFNL_SUBSYS_CTNETLINK << 8 | message; }

NlRequest request_of(uint16_t message, uint16_t flags, std::string attempt, uint8_t family) {
  return NlRequest(message_type(message), flags, std::move(attempt))
      .header(nfgenmsg{.nfgen_family = family, .version = NFNETLINK_V0, .res_id = 0});
}

// A request about the entry that has this original direction.
NlRequest request_about(uint16_t message, uint16_t flags, const char* doing, const ConntrackEntry& entry) {
  NlRequest request = request_of(
      message, flags, fmt::format("{} flow {} in conntrack", doing, to_string(entry)), address_family(entry));
  put_original(std::move(request), CTA_TUPLE_ORIG, entry);
  if (entry.zone && !entry.zone_of_original) put_be16(std::move(request), CTA_ZONE, entry.zone);
  return request;
}

// Exactly this endpoint. Also where it is what the packet has already: an entry without any word about its
// translation would be asked about it at each first packet of the NAT chains.
void put_endpoint(NlRequest&& to, const IpAddress& address, std::optional<uint16_t> port) {
  const bool v4 = address.is_ipv4();
  std::move(to)
      .bytes(v4 ? CTA_NAT_V4_MINIP : CTA_NAT_V6_MINIP, wire_bytes(address))
      .bytes(v4 ? CTA_NAT_V4_MAXIP : CTA_NAT_V6_MAXIP, wire_bytes(address));
  if (!port) return;
  std::move(to).nest(CTA_NAT_PROTO, [&](NlRequest&& proto) {
    put_be16(std::move(proto), CTA_PROTONAT_PORT_MIN, *port);
    put_be16(std::move(proto), CTA_PROTONAT_PORT_MAX, *port);
  });
}

// An ICMP id belongs to the source: with the destination it would be changed a second time.
void put_translation(NlRequest& to, const ConntrackEntry& entry) {
  const bool ports = has_ports(entry.protocol);
  const auto& [source, destination, source_port, destination_port] = entry.reply;
  std::move(to).nest(CTA_NAT_DST, [&](NlRequest&& nat) {
    put_endpoint(std::move(nat), source, ports ? std::optional(source_port) : std::nullopt);
  });
  const bool ids = ports || is_icmp(entry.protocol);
  std::move(to).nest(CTA_NAT_SRC, [&](NlRequest&& nat) {
    put_endpoint(std::move(nat), destination, ids ? std::optional(destination_port) : std::nullopt);
  });
}

// What the kernel concludes from numbers that it saw.
constexpr uint8_t kOfNumbers = IP_CT_TCP_FLAG_CLOSE_INIT | IP_CT_TCP_FLAG_DATA_UNACKNOWLEDGED |
                               IP_CT_TCP_FLAG_MAXACK_SET | IP_CT_EXP_CHALLENGE_ACK;

// Windows and their scale are not known, or of another time, so both directions are forgiven what is outside
// of them.
void put_tcp(NlRequest& to, uint8_t state) {
  const nf_ct_tcp_flags liberal{IP_CT_TCP_FLAG_BE_LIBERAL, IP_CT_TCP_FLAG_BE_LIBERAL | kOfNumbers};
  std::array<uint8_t, sizeof(liberal)> flags;
  std::memcpy(flags.data(), &liberal, sizeof(liberal));
  std::move(to).nest(CTA_PROTOINFO, [&](NlRequest&& info) {
    std::move(info).nest(CTA_PROTOINFO_TCP, [&](NlRequest&& tcp) {
      std::move(tcp)
          .u8(CTA_PROTOINFO_TCP_STATE, state)
          .bytes(CTA_PROTOINFO_TCP_FLAGS_ORIGINAL, flags)
          .bytes(CTA_PROTOINFO_TCP_FLAGS_REPLY, flags);
    });
  });
}

// From the first number on: what is added before and behind a place is the same.
void put_added_to_answers(NlRequest& to, uint32_t offset) {
  std::move(to).nest(CTA_SEQ_ADJ_REPLY, [&](NlRequest&& adjustment) {
    std::move(adjustment)
        .u32(CTA_SEQADJ_CORRECTION_POS, 0)
        .u32(CTA_SEQADJ_OFFSET_BEFORE, htonl(offset))
        .u32(CTA_SEQADJ_OFFSET_AFTER, htonl(offset));
  });
}

std::optional<ConntrackCount> parse_count(const Attributes& entry, uint16_t type) {
  if (!entry.has(type)) return std::nullopt;
  const Attributes count = entry.nest(type);
  return ConntrackCount{be64(count.bytes(CTA_COUNTERS_PACKETS)), be64(count.bytes(CTA_COUNTERS_BYTES))};
}

uint8_t parse_tcp_state(const Attributes& entry) {
  const auto state = entry.nest(CTA_PROTOINFO).nest(CTA_PROTOINFO_TCP).bytes(CTA_PROTOINFO_TCP_STATE);
  return state.size() == 1 ? state[0] : uint8_t{TCP_CONNTRACK_NONE};
}

void parse_rest(const Attributes& attributes, ConntrackEntry& entry) {
  entry.original_count = parse_count(attributes, CTA_COUNTERS_ORIG);
  entry.reply_count = parse_count(attributes, CTA_COUNTERS_REPLY);
  entry.tcp_state = parse_tcp_state(attributes);
  entry.status = be32(attributes.bytes(CTA_STATUS));
  entry.timeout_seconds = be32(attributes.bytes(CTA_TIMEOUT));
  entry.mark = be32(attributes.bytes(CTA_MARK));
  if (attributes.has(CTA_SEQ_ADJ_REPLY))
    entry.added_to_answers = be32(attributes.nest(CTA_SEQ_ADJ_REPLY).bytes(CTA_SEQADJ_OFFSET_AFTER));
  entry.by_synproxy = be32(attributes.nest(CTA_SYNPROXY).bytes(CTA_SYNPROXY_ISN)) != 0;
  if (!entry.zone_of_original) entry.zone = be16(attributes.bytes(CTA_ZONE));
}

std::string endpoint(const IpAddress& address, uint16_t port) {
  if (port == 0) return address.to_string();
  const std::string text = address.to_string();
  return address.is_ipv4() ? fmt::format("{}:{}", text, port) : fmt::format("[{}]:{}", text, port);
}

}   // namespace

std::string to_string(const ConntrackEntry& entry) {
  const ConntrackDirection& d = entry.original;
  return fmt::format("{} {} > {}", protocol_name(entry.protocol), endpoint(d.source, d.source_port),
                     endpoint(d.destination, d.destination_port));
}

NlRequest conntrack_dump_request(const ConntrackFilter& filter) {
  NlRequest request = request_of(IPCTNL_MSG_CT_GET, 0, "list the flows in conntrack", AF_UNSPEC);
  if (filter.mask)
    std::move(request).u32(CTA_MARK, htonl(filter.mark)).u32(CTA_MARK_MASK, htonl(filter.mask));
  return request;
}

NlRequest conntrack_count_request() {
  return request_of(IPCTNL_MSG_CT_GET_STATS, 0, "count the flows in conntrack", AF_UNSPEC);
}

NlRequest conntrack_find_request(const ConntrackEntry& entry) {
  return request_about(IPCTNL_MSG_CT_GET, 0, "find", entry);
}

NlRequest conntrack_create_request(const ConntrackEntry& entry) {
  NlRequest request = request_about(IPCTNL_MSG_CT_NEW, NLM_F_CREATE | NLM_F_EXCL, "create", entry);
  put_untranslated_reply(std::move(request), CTA_TUPLE_REPLY, entry);
  const uint32_t status = (entry.status & (IPS_SEEN_REPLY | IPS_ASSURED)) | IPS_CONFIRMED;
  std::move(request)
      .u32(CTA_STATUS, htonl(status))
      .u32(CTA_TIMEOUT, htonl(entry.timeout_seconds))
      .u32(CTA_MARK, htonl(entry.mark));
  if (entry.protocol == IPPROTO_TCP) put_tcp(request, entry.tcp_state);
  if (entry.added_to_answers) put_added_to_answers(request, *entry.added_to_answers);
  put_translation(request, entry);
  return request;
}

NlRequest conntrack_refresh_request(const ConntrackEntry& entry) {
  NlRequest request = request_about(IPCTNL_MSG_CT_NEW, 0, "refresh", entry)
                          .u32(CTA_TIMEOUT, htonl(entry.timeout_seconds))
                          .u32(CTA_MARK, htonl(entry.mark));
  // What the kernel saw of a handshake is better than what is known elsewhere; a close is one everywhere.
  if (entry.protocol == IPPROTO_TCP && entry.tcp_state == TCP_CONNTRACK_FIN_WAIT)
    put_tcp(request, entry.tcp_state);
  return request;
}

NlRequest conntrack_renew_request(const ConntrackEntry& entry) {
  const uint32_t status = (entry.status & (IPS_EXPECTED | IPS_SEEN_REPLY | IPS_ASSURED)) | IPS_CONFIRMED;
  NlRequest request = request_about(IPCTNL_MSG_CT_NEW, 0, "renew", entry)
                          .u32(CTA_STATUS, htonl(status))
                          .u32(CTA_TIMEOUT, htonl(entry.timeout_seconds))
                          .u32(CTA_MARK, htonl(entry.mark));
  if (entry.protocol == IPPROTO_TCP) put_tcp(request, entry.tcp_state);
  return request;
}

NlRequest conntrack_mark_request(const ConntrackEntry& entry) {
  return request_about(IPCTNL_MSG_CT_NEW, 0, "mark", entry).u32(CTA_MARK, htonl(entry.mark));
}

NlRequest conntrack_delete_request(const ConntrackEntry& entry) {
  return request_about(IPCTNL_MSG_CT_DELETE, 0, "delete", entry);
}

std::optional<uint32_t> parse_conntrack_count(const nlmsghdr& message) {
  if (message.nlmsg_type != message_type(IPCTNL_MSG_CT_GET_STATS) || !fixed_part<nfgenmsg>(message))
    return std::nullopt;
  const auto count = Attributes::of(message, sizeof(nfgenmsg)).bytes(CTA_STATS_GLOBAL_ENTRIES);
  if (count.size() != sizeof(uint32_t)) return std::nullopt;
  return be32(count);
}

std::optional<ConntrackEntry> parse_conntrack(const nlmsghdr& message) {
  const auto* header = fixed_part<nfgenmsg>(message);
  if (message.nlmsg_type != message_type(IPCTNL_MSG_CT_NEW) || !header) return std::nullopt;
  const Attributes attributes = Attributes::of(message, sizeof(*header));
  auto entry =
      parse_tuples(header->nfgen_family, attributes.nest(CTA_TUPLE_ORIG), attributes.nest(CTA_TUPLE_REPLY));
  if (entry) parse_rest(attributes, *entry);
  return entry;
}

}   // namespace sluice
// NOLINTEND(bugprone-use-after-move)
