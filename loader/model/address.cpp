// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "model/wide.hpp"

namespace sluice {

namespace {

constexpr std::array<uint8_t, 12> kMappedHead{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}   // namespace

std::string_view to_string(Family family) { return family == Family::kIpv4 ? "ipv4" : "ipv6"; }

IpAddress IpAddress::from_ipv4(uint32_t host_order) {
  IpAddress address;
  for (int i = 0; i < 4; ++i) address.bytes_[15 - i] = static_cast<uint8_t>(host_order >> (8 * i));
  return address;
}

IpAddress IpAddress::from_ipv4_bytes(const uint8_t (&bytes)[4]) {
  IpAddress address;
  std::copy_n(bytes, 4, address.bytes_.begin() + 12);
  return address;
}

IpAddress IpAddress::from_bytes(const std::array<uint8_t, 16>& bytes) {
  IpAddress address;
  address.bytes_ = bytes;
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  char copy[INET6_ADDRSTRLEN] = {};
  if (text.empty() || text.size() >= sizeof(copy) || text.contains('\0')) return std::nullopt;
  text.copy(copy, text.size());
  if (uint8_t v4[4]; inet_pton(AF_INET, copy, v4) == 1) return from_ipv4_bytes(v4);
  std::array<uint8_t, 16> v6;
  if (inet_pton(AF_INET6, copy, v6.data()) != 1) return std::nullopt;
  const auto address = from_bytes(v6);
  return address.is_ipv4() ? std::nullopt : std::optional(address);
}

Family IpAddress::family() const {
  return std::equal(kMappedHead.begin(), kMappedHead.end(), bytes_.begin()) ? Family::kIpv4 : Family::kIpv6;
}

uint32_t IpAddress::ipv4() const {
  return uint32_t{bytes_[12]} << 24 | uint32_t{bytes_[13]} << 16 | uint32_t{bytes_[14]} << 8 | bytes_[15];
}

bool IpAddress::is_unspecified() const {
  const size_t from = is_ipv4() ? 12 : 0;
  return std::all_of(bytes_.begin() + from, bytes_.end(), [](uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_loopback() const { return is_ipv4() ? bytes_[12] == 127 : detail::wide(*this) == 1; }

bool IpAddress::is_multicast() const { return is_ipv4() ? bytes_[12] >> 4 == 0xe : bytes_[0] == 0xff; }

bool IpAddress::is_link_local() const {
  if (is_ipv4()) return bytes_[12] == 169 && bytes_[13] == 254;
  return bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0x80;
}

IpAddress IpAddress::plus(uint64_t offset) const {
  const Wide here = detail::wide(*this);
  const Wide end = here | detail::host_mask(is_ipv4() ? 96 : 0);
  return detail::narrow(end - here < offset ? end : here + offset);
}

// How addresses are written. Own code instead of inet_ntop: that writes ::1:1 as ::0.1.0.1.

namespace {

using Groups = std::array<uint16_t, 8>;

struct Run {
  int first = -1, length = 0;
};

Groups groups_of(const IpAddress& address) {
  Groups groups;
  for (size_t i = 0; i < 8; ++i)
    groups[i] = static_cast<uint16_t>(address.bytes()[2 * i] << 8 | address.bytes()[2 * i + 1]);
  return groups;
}

// RFC 5952 section 4.2: the longest run of zero groups is shortened, the first of equals, never one alone.
Run longest_zero_run(const Groups& groups) {
  Run best{-1, 1}, here;
  for (int i = 0; i < 8; ++i) {
    here = groups[i] != 0 ? Run{} : here.length == 0 ? Run{i, 1} : Run{here.first, here.length + 1};
    if (here.length > best.length) best = here;
  }
  return best;
}

std::string write_groups(const Groups& groups, int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i) text += fmt::format("{}{:x}", i == from ? "" : ":", groups[i]);
  return text;
}

std::string write_ipv6(const Groups& groups) {
  const Run run = longest_zero_run(groups);
  if (run.first < 0) return write_groups(groups, 0, 8);
  return write_groups(groups, 0, run.first) + "::" + write_groups(groups, run.first + run.length, 8);
}

}   // namespace

std::string IpAddress::to_string() const {
  if (is_ipv4()) return fmt::format("{}.{}.{}.{}", bytes_[12], bytes_[13], bytes_[14], bytes_[15]);
  return write_ipv6(groups_of(*this));
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view number = text.substr(colon + 1);
  std::string_view address = text.substr(0, colon);
  const bool bracketed = address.starts_with('[') && address.ends_with(']');
  if (bracketed) address = address.substr(1, address.size() - 2);
  const auto parsed = IpAddress::parse(address);
  Endpoint endpoint;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), endpoint.port);
  if (!parsed || parsed->is_ipv4() == bracketed || error != std::errc{} ||
      end != number.data() + number.size())
    return std::nullopt;
  endpoint.address = *parsed;
  return endpoint;
}

std::string to_string(const Endpoint& endpoint) {
  if (endpoint.port == 0) return endpoint.address.to_string();
  return fmt::format(fmt::runtime(endpoint.address.is_ipv4() ? "{}:{}" : "[{}]:{}"),
                     endpoint.address.to_string(), endpoint.port);
}

}   // namespace sluice
