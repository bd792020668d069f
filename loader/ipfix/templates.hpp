// SPDX-License-Identifier: GPL-2.0-or-later
// The templates of RFC 8158 section 5 that this gateway has events for. Pure.
#pragma once

#include <cstdint>
#include <span>

#include "ipfix/record.hpp"

namespace sluice {

// Information Elements by IANA's numbers, and how many bytes each has here.
enum class Element : uint16_t {
  kProtocol = 4,
  kInsidePort = 7,
  kInside4 = 8,
  kInside6 = 27,
  kOutside4 = 225,
  kOutsidePort = 227,
  kNatEvent = 230,
  kVrf = 234,
  kOutside6 = 281,
  kPool = 283,
  kTime = 323,
  kQuotaEvent = 466,
  kMostSessions = 471,
  kMostBibs = 472,
  kMostOfUser = 473,
};
uint16_t length_of(Element element);

struct Template {
  uint16_t id;   // 256 and more
  std::span<const Element> elements;
  size_t length() const;   // of a record
};

std::span<const Template> all_templates();
const Template& template_of(const NatRecord& record);
// Writes `template_of(record).length()` bytes, in the order of the template.
uint8_t* put_record(uint8_t* at, const NatRecord& record);

}   // namespace sluice
