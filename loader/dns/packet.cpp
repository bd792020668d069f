// SPDX-License-Identifier: GPL-2.0-or-later
#include "dns/packet.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "dns/message_parts.hpp"
#include "dns/service_hints.hpp"

namespace sluice::dns {
namespace {

using Wanted = std::function<bool(const IpAddress&)>;

std::optional<IpAddress> address_in(const ldns_rr* row) {
  const bool v4 = ldns_rr_get_type(row) == LDNS_RR_TYPE_A;
  if (!v4 && ldns_rr_get_type(row) != LDNS_RR_TYPE_AAAA) return std::nullopt;
  const ldns_rdf* data = ldns_rr_rdf(row, 0);
  if (!data || ldns_rdf_size(data) != (v4 ? 4u : 16u)) return std::nullopt;
  const uint8_t* bytes = ldns_rdf_data(data);
  if (v4) return IpAddress::from_ipv4_bytes({bytes[0], bytes[1], bytes[2], bytes[3]});
  std::array<uint8_t, 16> all{};
  std::copy_n(bytes, all.size(), all.begin());
  return IpAddress::from_bytes(all);
}

Bytes data_of(const ldns_rr* row) {
  Bytes data;
  for (size_t i = 0; i < ldns_rr_rd_count(row); ++i) {
    const ldns_rdf* part = ldns_rr_rdf(row, i);
    data.insert(data.end(), ldns_rdf_data(part), ldns_rdf_data(part) + ldns_rdf_size(part));
  }
  return data;
}

// What others may read in hints that are not as they should be is not known.
bool may_be_told(const ldns_rr* row, const Wanted& wanted) {
  const uint16_t type = ldns_rr_get_type(row);
  if (type == kTypeSvcb || type == kTypeHttps) {
    const auto hints = hints_of(data_of(row));
    return hints && std::ranges::all_of(*hints, wanted);
  }
  const auto address = address_in(row);
  return !address || wanted(*address);
}

// Takes out the rows of addresses that are not wanted. How many are left.
uint16_t keep_rows(ldns_rr_list* rows, const Wanted& wanted) {
  ldns_rr_list* kept = ldns_rr_list_new();
  while (ldns_rr* row = ldns_rr_list_pop_rr(rows)) {
    if (may_be_told(row, wanted))
      ldns_rr_list_push_rr(kept, row);
    else
      ldns_rr_free(row);
  }
  while (ldns_rr* row = ldns_rr_list_pop_rr(kept)) ldns_rr_list_push_rr(rows, row);
  ldns_rr_list_free(kept);
  return static_cast<uint16_t>(ldns_rr_list_rr_count(rows));
}

// There is one signature at most (RFC 8945 section 5.1). Of several ldns keeps the last and never frees the
// others, and where a message is cut off it reads what it likes: a stranger could fill the memory.
bool may_be_read(BytesView message) {
  if (message.size() < kHeader) return false;
  size_t at = kHeader, signatures = 0;
  for (size_t questions = number_at(message, 4); questions > 0; --questions) {
    const auto end = end_of_name(message, at);
    if (!end || *end + kTypeAndClass > message.size()) return false;
    at = *end + kTypeAndClass;
  }
  for (size_t rows = rows_of(message); rows > 0; --rows) {
    const auto row = row_at(message, at);
    if (!row) return false;
    signatures += row->type == kTypeTsig;
    at = row->end;
  }
  return signatures <= 1;
}

}   // namespace

Packet take_apart(BytesView message) {
  ldns_pkt* packet = nullptr;
  if (!may_be_read(message)) return {packet, ldns_pkt_free};
  if (ldns_wire2pkt(&packet, message.data(), message.size()) != LDNS_STATUS_OK) packet = nullptr;
  return {packet, ldns_pkt_free};
}

std::optional<Bytes> without_opt(ldns_pkt* packet) {
  packet->_edns_present = 0;
  ldns_pkt_set_edns_udp_size(packet, 0);
  ldns_pkt_set_edns_extended_rcode(packet, 0);
  ldns_pkt_set_edns_z(packet, 0);
  ldns_rdf_deep_free(ldns_pkt_edns_data(packet));
  ldns_pkt_set_edns_data(packet, nullptr);
  uint8_t* wire = nullptr;
  size_t size = 0;
  if (ldns_pkt2wire(&wire, packet, &size) != LDNS_STATUS_OK) return std::nullopt;
  Bytes bytes(wire, wire + size);
  LDNS_FREE(wire);
  return bytes;
}

std::chrono::seconds life_of_nothing(const ldns_pkt* packet) {
  const ldns_rr_list* rows = ldns_pkt_authority(packet);
  for (size_t i = 0; i < ldns_rr_list_rr_count(rows); ++i) {
    const ldns_rr* row = ldns_rr_list_rr(rows, i);
    if (ldns_rr_get_type(row) != LDNS_RR_TYPE_SOA) continue;
    const ldns_rdf* last = ldns_rr_rdf(row, 6);
    if (!last || ldns_rdf_size(last) != sizeof(uint32_t)) continue;   // ldns takes rows without data
    const uint32_t minimum = ldns_rdf2native_int32(last);
    return std::min(std::chrono::seconds(std::min(minimum, ldns_rr_ttl(row))), kLongestNothing);
  }
  return {};
}

std::vector<FoundAddress> addresses_of(const ldns_pkt* packet) {
  constexpr size_t kMostAliases = 16;
  std::vector<FoundAddress> found;
  const ldns_rr_list* rows = ldns_pkt_answer(packet);
  const ldns_rdf* name = ldns_rr_owner(ldns_rr_list_rr(ldns_pkt_question(packet), 0));
  std::chrono::seconds lives = kLongestLife;
  for (size_t turn = 0; name && turn < kMostAliases; ++turn) {
    const ldns_rdf* next = nullptr;
    for (size_t i = 0; i < ldns_rr_list_rr_count(rows); ++i) {
      const ldns_rr* row = ldns_rr_list_rr(rows, i);
      if (ldns_dname_compare(ldns_rr_owner(row), name) != 0) continue;
      const auto time = std::min<std::chrono::seconds>(lives, std::chrono::seconds(ldns_rr_ttl(row)));
      if (const auto address = address_in(row)) found.push_back({*address, time});
      if (ldns_rr_get_type(row) != LDNS_RR_TYPE_CNAME || next) continue;
      next = ldns_rr_rdf(row, 0);
      lives = time;
    }
    name = next;
  }
  return found;
}

std::optional<Reply> without_addresses(const Reply& reply, const Query& query, const Wanted& wanted) {
  const Packet packet = take_apart(reply.message);
  if (!packet) return std::nullopt;
  ldns_pkt* all = packet.get();
  ldns_pkt_set_ancount(all, keep_rows(ldns_pkt_answer(all), wanted));
  ldns_pkt_set_nscount(all, keep_rows(ldns_pkt_authority(all), wanted));
  ldns_pkt_set_arcount(all, keep_rows(ldns_pkt_additional(all), wanted));
  const auto message = without_opt(all);
  return message ? read_reply(*message, query, number_at(*message, 0)) : std::nullopt;
}

}   // namespace sluice::dns
