// SPDX-License-Identifier: GPL-2.0-or-later
// Single elements of sets of `table inet sluice`, without libnftables: it reads the table before it changes
// it, which takes milliseconds, and the kernel needs none of that.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "kernel/netlink/socket.hpp"

namespace sluice {

struct NftElement {
  std::string set;
  std::vector<uint8_t> key;   // as the kernel compares it
  bool adds = true;           // false: it goes
  std::string comment = {};   // at most 127 bytes
};

// A socket that stays: when one is closed, the kernel waits until all that went is destroyed, which takes as
// long as ten milliseconds.
class NftElements {
 public:
  static Result<NftElements> open();   // of this network namespace

  // All of them or none, in this order. After a failure another one is to be opened.
  Result<> change(std::span<const NftElement> elements);

 private:
  explicit NftElements(MnlSocket socket) : socket_(std::move(socket)), buffer_(kNetlinkBuffer) {}
  Result<> await_verdict(uint32_t last, const std::string& attempt);

  MnlSocket socket_;
  std::vector<std::byte> buffer_;
  uint32_t sequence_ = 0;
};

}   // namespace sluice
