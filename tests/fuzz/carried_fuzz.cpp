// SPDX-License-Identifier: GPL-2.0-or-later
// What strangers send to a relay within TLS: the same datagrams come of it however it is cut.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "relay_tcp/carried.hpp"

namespace {

using Datagrams = std::vector<std::vector<uint8_t>>;

bool read_in_pieces(std::span<const uint8_t> stream, size_t piece, Datagrams& datagrams) {
  sluice::CarriedReader reader;
  for (size_t at = 0; at < stream.size(); at += piece)
    if (!reader.read(stream.subspan(at, std::min(piece, stream.size() - at)), [&](auto one) {
          if (!sluice::is_wireguard_message(one) || one.size() > sluice::kLongestCarried) std::abort();
          datagrams.emplace_back(one.begin(), one.end());
        }))
      return false;
  return true;
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  Datagrams whole, cut;
  const bool at_once = read_in_pieces({data + 1, size - 1}, size, whole);
  const bool in_pieces = read_in_pieces({data + 1, size - 1}, size_t{data[0]} + 1, cut);
  if (at_once != in_pieces || whole != cut) std::abort();
  return 0;
}
