// SPDX-License-Identifier: GPL-2.0-or-later
#include "ipfix/templates.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "ipfix/bytes.hpp"

namespace sluice {
namespace {

using enum Element;

constexpr Element kNat44[] = {kTime,     kNatEvent,   kProtocol,    kInside4,
                              kOutside4, kInsidePort, kOutsidePort, kVrf};
constexpr Element kNat66[] = {kTime,     kNatEvent,   kProtocol,    kInside6,
                              kOutside6, kInsidePort, kOutsidePort, kVrf};
constexpr Element kAddresses[] = {kTime, kNatEvent, kPool, kVrf};
constexpr Element kPorts4[] = {kTime, kNatEvent, kOutside4, kProtocol, kVrf};
constexpr Element kPorts6[] = {kTime, kNatEvent, kOutside6, kProtocol, kVrf};
constexpr Element kSessions[] = {kTime, kNatEvent, kQuotaEvent, kMostSessions, kVrf};
constexpr Element kBibs[] = {kTime, kNatEvent, kQuotaEvent, kMostBibs, kVrf};
constexpr Element kUser4[] = {kTime, kNatEvent, kQuotaEvent, kMostOfUser, kInside4, kVrf};
constexpr Element kUser6[] = {kTime, kNatEvent, kQuotaEvent, kMostOfUser, kInside6, kVrf};

// Numbers are never used for another list of elements: a collector may remember them.
constexpr Template kTemplates[] = {{256, kNat44},  {257, kNat66},  {258, kAddresses},
                                   {259, kPorts4}, {260, kPorts6}, {261, kSessions},
                                   {262, kBibs},   {263, kUser4},  {264, kUser6}};

const Template& numbered(uint16_t id) { return kTemplates[id - kTemplates[0].id]; }

bool is_ipv4(const std::array<uint8_t, 16>& address) {
  constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::memcmp(address.data(), kMapped, sizeof(kMapped)) == 0;
}

uint16_t template_of_quota(const NatRecord& record) {
  if (record.quota == QuotaNumber::kSessions) return 261;
  if (record.quota == QuotaNumber::kBibs) return 262;
  return is_ipv4(record.inside) ? 263 : 264;
}

uint16_t template_of_mapping(const NatRecord& record) { return is_ipv4(record.inside) ? 256 : 257; }

uint8_t* put_value(uint8_t* at, Element element, const NatRecord& record) {
  const auto last_four = [](const auto& address) { return std::span(address).last(4); };
  switch (element) {
    case kProtocol: return put_be(at, record.protocol);
    case kInsidePort: return put_be(at, record.inside_port);
    case kInside4: return put_bytes(at, last_four(record.inside));
    case kInside6: return put_bytes(at, record.inside);
    case kOutside4: return put_bytes(at, last_four(record.outside));
    case kOutsidePort: return put_be(at, record.outside_port);
    case kNatEvent: return put_be(at, static_cast<uint8_t>(record.event));
    case kVrf: return put_be(at, record.vrf);
    case kOutside6: return put_bytes(at, record.outside);
    case kPool: return put_be(at, record.pool);
    case kTime: return put_be(at, record.time);
    case kQuotaEvent: return put_be(at, static_cast<uint32_t>(record.quota));
    case kMostSessions:
    case kMostBibs:
    case kMostOfUser: return put_be(at, record.limit);
  }
  return at;
}

}   // namespace

uint16_t length_of(Element element) {
  switch (element) {
    case kProtocol:
    case kNatEvent: return 1;
    case kInsidePort:
    case kOutsidePort: return 2;
    case kInside6:
    case kOutside6: return 16;
    case kTime: return 8;
    default: return 4;
  }
}

size_t Template::length() const {
  size_t length = 0;
  for (const Element element : elements) length += length_of(element);
  return length;
}

std::span<const Template> all_templates() { return kTemplates; }

const Template& template_of(const NatRecord& record) {
  switch (record.event) {
    case NatEventNumber::kAddressesExhausted: return numbered(258);
    case NatEventNumber::kPortsExhausted: return numbered(is_ipv4(record.outside) ? 259 : 260);
    case NatEventNumber::kQuotaExceeded: return numbered(template_of_quota(record));
    default: return numbered(template_of_mapping(record));
  }
}

uint8_t* put_record(uint8_t* at, const NatRecord& record) {
  for (const Element element : template_of(record).elements) at = put_value(at, element, record);
  return at;
}

}   // namespace sluice
