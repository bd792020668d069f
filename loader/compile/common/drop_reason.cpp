// SPDX-License-Identifier: GPL-2.0-or-later
#include "compile/common/drop_reason.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>

#include "maps/drop_reasons.h"

namespace sluice {
namespace {

constexpr DropReason kReasons[] = {
#define X(number, symbol, stage, text) {number, #symbol, #stage, text},
    SL_DROP_REASONS(X)
#undef X
};

constexpr bool ascend_and_fit() {
  for (size_t i = 1; i < std::size(kReasons); ++i)
    if (kReasons[i].number <= kReasons[i - 1].number) return false;
  return kReasons[0].number == 1 && std::rbegin(kReasons)->number < SL_DROP_LIMIT;
}
static_assert(ascend_and_fit(), "drop reasons are numbered from 1 on, none twice, and fit their rows");

}   // namespace

const DropReason* drop_reason(uint8_t number) {
  const auto* at = std::ranges::find(kReasons, number, &DropReason::number);
  return at == std::end(kReasons) ? nullptr : at;
}

std::string DropReason::name() const {
  std::string name(symbol);
  for (char& c : name) c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

}   // namespace sluice
