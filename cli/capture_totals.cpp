// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/capture_totals.hpp"

#include <algorithm>
#include <cstring>

namespace sluice::cli {
namespace {

// draft-ietf-opsawg-pcapng; the numbers are in host byte order, because this machine wrote them.
constexpr uint32_t kStatistics = 5;
constexpr uint16_t kComment = 1, kLost = 5, kDelivered = 8;
constexpr size_t kBlockHead = 8, kBeforeOptions = 20, kOptionHead = 4, kBlockTail = 4;

template <class T>
T number_at(std::string_view text, size_t at) {
  T value{};
  if (at <= text.size()) std::memcpy(&value, text.data() + at, std::min(sizeof(value), text.size() - at));
  return value;
}

}   // namespace

void CaptureTotals::read(std::string_view piece) {
  while (!piece.empty()) {
    const size_t skipped = std::min<uint64_t>(to_skip_, piece.size());
    to_skip_ -= skipped;
    piece.remove_prefix(skipped);
    const size_t wanted = block_.size() < kBlockHead ? kBlockHead : number_at<uint32_t>(block_, 4);
    const size_t taken = std::min(piece.size(), wanted - std::min(wanted, block_.size()));
    block_ += piece.substr(0, taken);
    piece.remove_prefix(taken);
    if (block_.size() < kBlockHead) continue;
    const uint64_t length = std::max<uint64_t>(number_at<uint32_t>(block_, 4), kBlockHead);
    if (number_at<uint32_t>(block_, 0) != kStatistics) {
      to_skip_ = length - kBlockHead;
      block_.clear();
    } else if (block_.size() >= length) {
      read_statistics();
      block_.clear();
    }
  }
}

void CaptureTotals::read_statistics() {
  Totals totals;
  const std::string_view options =
      std::string_view(block_).substr(kBeforeOptions, block_.size() - kBeforeOptions - kBlockTail);
  for (size_t at = 0; at + kOptionHead <= options.size();) {
    const auto code = number_at<uint16_t>(options, at), size = number_at<uint16_t>(options, at + 2);
    const std::string_view value = options.substr(at + kOptionHead, size);
    if (code == kComment) totals.why = value;
    if (code == kLost) totals.lost = number_at<uint64_t>(value, 0);
    if (code == kDelivered) totals.packets = number_at<uint64_t>(value, 0);
    at += kOptionHead + (size_t{size} + 3) / 4 * 4;
  }
  totals_ = totals;
}

}   // namespace sluice::cli
