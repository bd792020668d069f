// SPDX-License-Identifier: GPL-2.0-or-later
// A filter in the syntax of pcap-filter(7), run on frames in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.hpp"
#include "capture/pcapng.hpp"

namespace sluice {

inline constexpr size_t kLongestFilter = 4096;   // bytes

class PacketFilter {
 public:
  // An empty one takes everything. Failure: what libpcap says of it.
  static Result<PacketFilter> compile(const std::string& expression);
  PacketFilter(PacketFilter&&) noexcept;
  PacketFilter& operator=(PacketFilter&&) noexcept;
  ~PacketFilter();

  // `length`: of the whole frame, of which `bytes` is the beginning.
  bool takes(pcapng::LinkType link, std::span<const std::byte> bytes, uint32_t length) const;

 private:
  class Program;
  struct Programs;
  explicit PacketFilter(std::unique_ptr<Programs> programs);
  std::unique_ptr<Programs> programs_;   // null: everything
};

}   // namespace sluice
