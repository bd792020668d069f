// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay_tcp/carried.hpp"

namespace sluice {
namespace {

constexpr size_t kLengthBytes = 2;
constexpr uint8_t kResponse = 2, kData = 4;

}   // namespace

bool is_wireguard_message(std::span<const uint8_t> datagram) {
  return datagram.size() >= kShortestCarried && datagram[0] >= 1 && datagram[0] <= kData && !datagram[1] &&
         !datagram[2] && !datagram[3];
}

bool is_wireguard_answer(std::span<const uint8_t> datagram) {
  return is_wireguard_message(datagram) && (datagram[0] == kResponse || datagram[0] == kData);
}

void append_carried(std::vector<uint8_t>& stream, std::span<const uint8_t> datagram) {
  stream.push_back(static_cast<uint8_t>(datagram.size() >> 8));
  stream.push_back(static_cast<uint8_t>(datagram.size()));
  stream.insert(stream.end(), datagram.begin(), datagram.end());
}

bool CarriedReader::read(std::span<const uint8_t> bytes, const Heed& heed) {
  held_.insert(held_.end(), bytes.begin(), bytes.end());
  std::span<const uint8_t> left = held_;
  while (left.size() >= kLengthBytes) {
    const size_t length = size_t{left[0]} << 8 | left[1];
    if (length < kShortestCarried || length > kLongestCarried) return false;
    if (left.size() < kLengthBytes + length) break;
    const auto datagram = left.subspan(kLengthBytes, length);
    if (!is_wireguard_message(datagram)) return false;
    heed(datagram);
    left = left.subspan(kLengthBytes + length);
  }
  held_.erase(held_.begin(), held_.end() - static_cast<ptrdiff_t>(left.size()));
  return true;
}

}   // namespace sluice
