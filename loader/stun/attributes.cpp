// SPDX-License-Identifier: GPL-2.0-or-later
#include "stun/attributes.hpp"

#include <algorithm>

namespace sluice::stun {
namespace {

constexpr uint8_t kIpv4 = 1, kIpv6 = 2;
constexpr size_t kPortAt = 2, kAddressAt = 4, kKeyBytes = 16;   // the cookie and the transaction's id

// The port and the address each begin with the cookie. False: longer than any address.
bool xor_with_key(Bytes& value, BytesView message) {
  for (size_t i = kPortAt; i < value.size(); ++i) {
    const size_t of_key = i - (i < kAddressAt ? kPortAt : kAddressAt);
    if (of_key >= kKeyBytes) return false;
    value[i] ^= message[kMagicCookieAt + of_key];
  }
  return true;
}

size_t filled(size_t size) { return (size + 3) / 4 * 4; }

}   // namespace

uint16_t number16(BytesView bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

uint32_t number32(BytesView bytes, size_t at) {
  return uint32_t{number16(bytes, at)} << 16 | number16(bytes, at + 2);
}

void add16(Bytes& bytes, uint16_t value) {
  bytes.push_back(static_cast<uint8_t>(value >> 8));
  bytes.push_back(static_cast<uint8_t>(value));
}

void add32(Bytes& bytes, uint32_t value) {
  add16(bytes, static_cast<uint16_t>(value >> 16));
  add16(bytes, static_cast<uint16_t>(value));
}

bool is_whole(BytesView message) {
  return message.size() >= kHeader && number16(message, 2) == message.size() - kHeader &&
         message.size() % 4 == 0 && number32(message, kMagicCookieAt) == kMagicCookie;
}

TransactionId id_in(BytesView message) {
  TransactionId id{};
  std::copy_n(message.begin() + 8, id.size(), id.begin());
  return id;
}

Bytes header_of(uint16_t type, const TransactionId& id) {
  Bytes message;
  add16(message, type);
  add16(message, 0);
  add32(message, kMagicCookie);
  message.insert(message.end(), id.begin(), id.end());
  return message;
}

void add_attribute(Bytes& message, uint16_t type, BytesView value) {
  add16(message, type);
  add16(message, static_cast<uint16_t>(value.size()));
  message.insert(message.end(), value.begin(), value.end());
  message.resize(filled(message.size()));
  const size_t length = message.size() - kHeader;
  message[2] = static_cast<uint8_t>(length >> 8);
  message[3] = static_cast<uint8_t>(length);
}

bool each_attribute(BytesView message, const TakeAttribute& take) {
  size_t at = kHeader;
  while (at < message.size()) {
    if (message.size() - at < kAttributeHeader) return false;
    const uint16_t type = number16(message, at);
    const size_t size = number16(message, at + 2), value = at + kAttributeHeader;
    if (message.size() - value < filled(size) || !take(type, message.subspan(value, size), at)) return false;
    at = value + filled(size);
  }
  return true;
}

std::optional<Endpoint> read_endpoint(BytesView value) {
  if (value.size() < kAddressAt) return std::nullopt;
  Endpoint endpoint{.address = {}, .port = number16(value, kPortAt)};
  if (value[1] == kIpv4 && value.size() == kAddressAt + 4)
    endpoint.address = IpAddress::from_ipv4(number32(value, kAddressAt));
  else if (value[1] == kIpv6 && value.size() == kAddressAt + 16) {
    std::array<uint8_t, 16> address{};
    std::copy_n(value.begin() + kAddressAt, address.size(), address.begin());
    endpoint.address = IpAddress::from_bytes(address);
  } else
    return std::nullopt;
  return endpoint;
}

Bytes endpoint_value(const Endpoint& endpoint) {
  Bytes value{0, endpoint.address.is_ipv4() ? kIpv4 : kIpv6};
  add16(value, endpoint.port);
  const auto& bytes = endpoint.address.bytes();
  if (endpoint.address.is_ipv4())
    add32(value, endpoint.address.ipv4());
  else
    value.insert(value.end(), bytes.begin(), bytes.end());
  return value;
}

std::optional<Endpoint> read_xored(BytesView value, BytesView message) {
  Bytes plain(value.begin(), value.end());
  return xor_with_key(plain, message) ? read_endpoint(plain) : std::nullopt;
}

Bytes xored_value(const Endpoint& endpoint, BytesView message) {
  Bytes value = endpoint_value(endpoint);
  xor_with_key(value, message);
  return value;
}

}   // namespace sluice::stun
