// SPDX-License-Identifier: GPL-2.0-or-later
#include "stun/message.hpp"

#include "stun/attributes.hpp"

namespace sluice::stun {
namespace {

constexpr uint16_t kRefusal = 0x0111;
constexpr uint16_t kMappedAddress = 0x0001, kChangeRequest = 0x0003, kErrorCode = 0x0009, kUnknown = 0x000a,
                   kAnswerPort = 0x0027, kSoftware = 0x8022, kOtherAddress = 0x802c;
constexpr uint8_t kChangeAddress = 4, kChangePort = 2;
constexpr size_t kLongestMapped = 20;   // an address of IPv6

// False: it has to be understood, and is not.
bool read_attribute(BindingAnswer& answer, uint16_t type, BytesView value, BytesView message) {
  switch (type) {
    case kXorMappedAddress: answer.mapped = read_xored(value, message); return answer.mapped.has_value();
    case kOtherAddress: answer.other = read_endpoint(value); return true;
    case kMappedAddress:   // what servers of RFC 3489 told; NATs rewrite it
    case kErrorCode:
    case kUnknown: return true;
    default: return (type & kMayBePassedOver) != 0;
  }
}

bool read_attributes(BindingAnswer& answer, BytesView message) {
  return each_attribute(message, [&](uint16_t type, BytesView value, size_t) {
    return read_attribute(answer, type, value, message);
  });
}

}   // namespace

Bytes write_request(const BindingRequest& request) {
  Bytes message = header_of(kBindingRequest, request.id);
  if (request.change_address || request.change_port) {
    const int changes =
        (request.change_address ? kChangeAddress : 0) | (request.change_port ? kChangePort : 0);
    add_attribute(message, kChangeRequest, Bytes{0, 0, 0, static_cast<uint8_t>(changes)});
  }
  if (request.answer_port) {
    Bytes value;
    add16(value, *request.answer_port);
    add16(value, 0);   // what fills it up is part of it (RFC 5780 section 7.5)
    add_attribute(message, kAnswerPort, value);
  }
  if (request.fills_up) add_attribute(message, kSoftware, Bytes(kLongestMapped, ' '));
  return message;
}

std::optional<TransactionId> read_request(BytesView message) {
  BindingAnswer asked;
  if (!is_whole(message) || number16(message, 0) != kBindingRequest || !read_attributes(asked, message))
    return std::nullopt;
  return id_in(message);
}

Bytes write_answer(const TransactionId& id, const Endpoint& mapped) {
  Bytes message = header_of(kBindingSuccess, id);
  add_attribute(message, kXorMappedAddress, xored_value(mapped, message));
  return message;
}

std::optional<BindingAnswer> read_answer(BytesView message) {
  if (!is_whole(message)) return std::nullopt;
  const uint16_t type = number16(message, 0);
  if (type != kBindingSuccess && type != kRefusal) return std::nullopt;
  BindingAnswer answer;
  answer.refused = type == kRefusal;
  answer.id = id_in(message);
  if (!read_attributes(answer, message)) return std::nullopt;
  if (answer.refused) answer.mapped.reset();
  return answer.refused || answer.mapped ? std::optional(answer) : std::nullopt;
}

}   // namespace sluice::stun
