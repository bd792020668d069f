// SPDX-License-Identifier: GPL-2.0-or-later
// The attributes of a received netlink message by type. Every access checks bounds and form, so a
// message that is cut or of another kernel's making reads as "absent", never past its end.
#pragma once

#include <linux/netlink.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "model/address.hpp"

namespace sluice {

// The fixed part of a message (ifinfomsg, ifaddrmsg, ...); nullptr when the message is too short for it.
const void* fixed_part(const nlmsghdr& message, size_t size);
template <class T>
const T* fixed_part(const nlmsghdr& message) {
  return static_cast<const T*>(fixed_part(message, sizeof(T)));
}

// Views into the message, which must outlive it.
class Attributes {
 public:
  // Those behind a fixed part of `header_size` bytes.
  static Attributes of(const nlmsghdr& message, size_t header_size);
  static Attributes in(std::span<const uint8_t> payload);

  bool has(uint16_t type) const { return find(type) != nullptr; }
  std::optional<uint16_t> u16(uint16_t type) const;   // host byte order, as those below
  std::optional<uint32_t> u32(uint16_t type) const;
  std::optional<std::string_view> text(uint16_t type) const;   // without the NUL that must end it
  std::span<const uint8_t> bytes(uint16_t type) const;         // empty when absent
  Attributes nest(uint16_t type) const { return in(bytes(type)); }
  // The nests of one type within a nest, where a list has many: a table by type keeps the last alone.
  static std::vector<Attributes> list_in(std::span<const uint8_t> payload, uint16_t type);
  // The same of values that are no nests.
  static std::vector<std::span<const uint8_t>> values_in(std::span<const uint8_t> payload, uint16_t type);

 private:
  static constexpr uint16_t kTypes = 64;   // types beyond are nothing that sluice asks for

  const nlattr* find(uint16_t type) const { return type < kTypes ? table_[type] : nullptr; }

  std::array<const nlattr*, kTypes> table_{};
};

// An address as netlink has it, in network byte order: 4 bytes, the tail of the mapped form, or 16. They live
// as long as the address.
inline std::span<const uint8_t> wire_bytes(const IpAddress& address) {
  const std::span<const uint8_t> all(address.bytes());
  return address.is_ipv4() ? all.last(4) : all;
}

}   // namespace sluice
