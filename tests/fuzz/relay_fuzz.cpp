// SPDX-License-Identifier: GPL-2.0-or-later
// What a relay tells a gateway of itself. What is understood says the same when it is written and read again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "relay/expand_ways.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice;
  const auto file = parse_relay_file(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!file) return 0;
  if (links_of(*file).empty() || mtu_of_way(*file, 1500) < 1280) std::abort();
  const auto again = parse_relay_file(to_text(*file));
  if (!again || *again != *file) std::abort();
  return 0;
}
