// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses as 128-bit numbers, for arithmetic. Private to model/.
#pragma once

#include "base/wide.hpp"
#include "model/address.hpp"

namespace sluice::detail {

inline Wide wide(const IpAddress& address) { return sluice::wide(address.bytes()); }

inline IpAddress narrow(Wide number) {
  std::array<uint8_t, 16> bytes;
  for (int i = 15; i >= 0; --i, number >>= 8) bytes[i] = static_cast<uint8_t>(number);
  return IpAddress::from_bytes(bytes);
}

// The bits after the first `length` of 128.
inline Wide host_mask(int length) { return length >= 128 ? 0 : ~Wide{0} >> length; }

}   // namespace sluice::detail
