// SPDX-License-Identifier: GPL-2.0-or-later
// Of what kind steps are.
#pragma once

#include <algorithm>
#include <span>

#include "plan/step.hpp"

namespace sluice {

template <class... Kinds>
bool is_one_of(const Step& step) {
  return (std::holds_alternative<Kinds>(step) || ...);
}

template <class... Kinds>
bool has_step(std::span<const Step> steps) {
  return std::ranges::any_of(steps, is_one_of<Kinds...>);
}

}   // namespace sluice
