// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses, prefixes and ranges of both families as values. No I/O.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/wide.hpp"
#include "model/address.hpp"

namespace sluice {

enum class Family : uint8_t { kIpv4 = 4, kIpv6 = 6 };

std::string_view to_string(Family family);   // "ipv4", "ipv6"

// An IPv4 or IPv6 address. Always 16 bytes in network byte order: IPv4 is kept IPv4-mapped
// (::ffff:a.b.c.d, RFC 4291 section 2.5.5.2), so that both families order, hash and match in one
// table. A mapped address written as IPv6 in a document is refused by the parser.
class IpAddress {
 public:
  IpAddress() = default;   // 0.0.0.0
  static IpAddress from_ipv4(uint32_t host_order);
  static IpAddress from_ipv4_bytes(const uint8_t (&bytes)[4]);
  static IpAddress from_bytes(const std::array<uint8_t, 16>& bytes);
  static std::optional<IpAddress> parse(std::string_view text);   // strict: no leading zeros, no zone id

  Family family() const;
  bool is_ipv4() const { return family() == Family::kIpv4; }
  const std::array<uint8_t, 16>& bytes() const { return bytes_; }
  uint32_t ipv4() const;                              // host byte order; only for IPv4
  int bits() const { return is_ipv4() ? 32 : 128; }   // width of the family
  bool is_unspecified() const;
  bool is_loopback() const;
  bool is_multicast() const;
  bool is_link_local() const;      // fe80::/10, 169.254.0.0/16
  std::string to_string() const;   // IPv6 as in RFC 5952

  // The address `offset` steps further; the last address when it would pass the end of the family.
  IpAddress plus(uint64_t offset) const;

  bool operator==(const IpAddress&) const = default;
  std::strong_ordering operator<=>(const IpAddress& other) const {
    return wide(bytes_) <=> wide(other.bytes_);
  }

 private:
  std::array<uint8_t, 16> bytes_{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
};

// An address with a length whose host bits are free: what an interface carries ("192.168.10.1/24").
struct InterfaceAddress {
  IpAddress address;
  uint8_t length = 0;   // 0..32 or 0..128, of the family

  static std::optional<InterfaceAddress> parse(std::string_view text);   // the length is required
  std::string to_string() const;
  auto operator<=>(const InterfaceAddress&) const = default;
};

// A network: host bits are zero.
struct Prefix {
  IpAddress address;
  uint8_t length = 0;   // 0..32 or 0..128, of the family

  // A bare address is its own /32 or /128. Host bits set: nullopt; see has_host_bits for the reason.
  static std::optional<Prefix> parse(std::string_view text);
  static Prefix of(const InterfaceAddress& network);   // host bits cleared
  static Prefix of_host(const IpAddress& address);     // the address alone: /32 or /128
  static bool has_host_bits(std::string_view text);    // well-formed but for set host bits

  int mapped_length() const { return address.is_ipv4() ? length + 96 : length; }   // over 128 bits
  bool contains(const IpAddress& other) const;
  bool contains(const Prefix& other) const;
  bool overlaps(const Prefix& other) const;
  IpAddress last() const;
  std::string to_string() const;
  auto operator<=>(const Prefix&) const = default;
};

// Whether one of them has it.
bool contains(const std::vector<Prefix>& prefixes, const IpAddress& address);

// What is in `whole` and not in `hole`.
std::vector<Prefix> difference(const Prefix& whole, const Prefix& hole);

// Addresses from first to last, both included, of one family.
struct AddressRange {
  IpAddress first, last;

  static std::optional<AddressRange> parse(std::string_view text);   // "a-b", a prefix or an address
  bool contains(const IpAddress& address) const;
  bool overlaps(const AddressRange& other) const;
  uint64_t size() const;   // saturates at 2^64 - 1
  std::string to_string() const;
  auto operator<=>(const AddressRange&) const = default;
};

// Ports from first to last, both included, host byte order, 1..65535.
struct PortRange {
  uint16_t first = 0, last = 0;

  static std::optional<PortRange> parse(std::string_view text);   // "80" or "8000-8010"
  bool contains(uint16_t port) const { return first <= port && port <= last; }
  bool overlaps(const PortRange& other) const { return first <= other.last && other.first <= last; }
  uint32_t size() const { return uint32_t{last} - first + 1; }
  std::string to_string() const;
  auto operator<=>(const PortRange&) const = default;
};

// The fewest aligned power-of-two blocks that cover a range: (value, bits that are fixed of 16).
struct PortBlock {
  uint16_t value = 0;
  uint8_t bits = 16;
  auto operator<=>(const PortBlock&) const = default;
};
std::vector<PortBlock> split_into_blocks(const PortRange& range);

// An address with a port.

struct Endpoint {
  IpAddress address;
  uint16_t port = 0;   // host byte order; 0: none
  auto operator<=>(const Endpoint&) const = default;
};

std::optional<Endpoint> parse_endpoint(std::string_view text);   // "192.0.2.1:80", "[2001:db8::1]:80"
std::string to_string(const Endpoint& endpoint);                 // the address alone where there is no port

}   // namespace sluice
