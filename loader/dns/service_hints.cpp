// SPDX-License-Identifier: GPL-2.0-or-later
#include "dns/service_hints.hpp"

#include <algorithm>
#include <array>

#include "dns/message_parts.hpp"

namespace sluice::dns {
namespace {

constexpr size_t kPriority = 2, kKeyAndLength = 4;
constexpr uint16_t kIpv4Hint = 4, kIpv6Hint = 6;   // RFC 9460 section 14.3.2

IpAddress address_of(BytesView bytes) {
  if (bytes.size() == 4) return IpAddress::from_ipv4_bytes({bytes[0], bytes[1], bytes[2], bytes[3]});
  std::array<uint8_t, 16> all{};
  std::ranges::copy(bytes, all.begin());
  return IpAddress::from_bytes(all);
}

// A hint has one address at least, and whole ones (section 7.3).
bool add_hints(uint16_t key, BytesView value, std::vector<IpAddress>& hints) {
  if (key != kIpv4Hint && key != kIpv6Hint) return true;
  const size_t size = key == kIpv4Hint ? 4 : 16;
  if (value.empty() || value.size() % size != 0) return false;
  for (; !value.empty(); value = value.subspan(size)) hints.push_back(address_of(value.first(size)));
  return true;
}

}   // namespace

std::optional<std::vector<IpAddress>> hints_of(BytesView data) {
  const auto target = end_of_name(data, kPriority);
  if (!target || *target > data.size()) return std::nullopt;
  std::vector<IpAddress> hints;
  int last = -1;
  for (BytesView rest = data.subspan(*target); !rest.empty();) {
    if (rest.size() < kKeyAndLength) return std::nullopt;
    const uint16_t key = number_at(rest, 0), length = number_at(rest, 2);
    rest = rest.subspan(kKeyAndLength);
    const bool is_next = key > last && length <= rest.size();
    if (!is_next || !add_hints(key, rest.first(length), hints)) return std::nullopt;
    last = key;
    rest = rest.subspan(length);
  }
  return hints;
}

}   // namespace sluice::dns
