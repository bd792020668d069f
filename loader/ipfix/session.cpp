// SPDX-License-Identifier: GPL-2.0-or-later
#include "ipfix/session.hpp"

#include "ipfix/bytes.hpp"
#include "ipfix/templates.hpp"

namespace sluice {
namespace {

constexpr uint16_t kIpfixVersion = 10, kTemplateSet = 2;
constexpr size_t kMessageHeader = 16, kSetHeader = 4;

// Without its length, which is known at the end.
uint8_t* begin_set(uint8_t* at, uint16_t id) { return put_be(put_be(at, id), uint16_t{0}); }

void end_set(uint8_t* set, const uint8_t* end) { put_be(set + 2, static_cast<uint16_t>(end - set)); }

uint8_t* put_templates(uint8_t* at) {
  uint8_t* const set = at;
  at = begin_set(at, kTemplateSet);
  for (const Template& one : all_templates()) {
    at = put_be(put_be(at, one.id), static_cast<uint16_t>(one.elements.size()));
    for (const Element element : one.elements)
      at = put_be(put_be(at, static_cast<uint16_t>(element)), length_of(element));
  }
  end_set(set, at);
  return at;
}

// Sets of records: a set goes on as long as the next record has its template. Answers how many found room.
size_t put_records(uint8_t*& at, const uint8_t* end, std::span<const NatRecord> records) {
  uint8_t* set = nullptr;
  uint16_t of_set = 0;
  size_t put = 0;
  for (const NatRecord& record : records) {
    const Template& one = template_of(record);
    const bool anew = !set || one.id != of_set;
    if (one.length() + (anew ? kSetHeader : 0) > static_cast<size_t>(end - at)) break;
    if (anew) {
      if (set) end_set(set, at);
      set = at;
      of_set = one.id;
      at = begin_set(at, of_set);
    }
    at = put_record(at, record);
    ++put;
  }
  if (set) end_set(set, at);
  return put;
}

}   // namespace

IpfixSession::Message IpfixSession::message(std::span<const NatRecord> records, uint32_t now) const {
  Message message;
  message.bytes.resize(longest_);
  uint8_t* const begin = message.bytes.data();
  uint8_t* at = begin + kMessageHeader;
  if (templates_due_) at = put_templates(at);
  message.records = put_records(at, begin + longest_, records);
  const auto length = static_cast<uint16_t>(at - begin);
  uint8_t* header = put_be(put_be(begin, kIpfixVersion), length);
  put_be(put_be(put_be(header, now), sequence_), domain_);
  message.bytes.resize(length);
  return message;
}

void IpfixSession::note_sent(const Message& message) {
  sequence_ += static_cast<uint32_t>(message.records);
  templates_due_ = false;
}

}   // namespace sluice
