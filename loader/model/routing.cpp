// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/routing.hpp"

#include <fmt/format.h>

namespace sluice {

std::string to_string(const RouteRow& route) {
  constexpr std::string_view kKinds[] = {"", "local ", "broadcast ", "unreachable ", "throw "};
  std::string text = fmt::format("{}{}", kKinds[static_cast<size_t>(route.kind)], route.to.to_string());
  if (route.via) text += fmt::format(" via {}", route.via->to_string());
  if (route.index) text += fmt::format(" on device {}", route.index);
  return text + fmt::format(" in table {}", route.table);
}

std::string to_string(const RuleRow& rule) {
  std::string text = fmt::format("{} of {}:", rule.preference, to_string(rule.family));
  if (rule.to) text += fmt::format(" to {}", rule.to->to_string());
  if (rule.mark) text += fmt::format(" with mark {:#x}", rule.mark);
  if (!rule.in.empty()) text += fmt::format(" in by {}", rule.in);
  if (!rule.out.empty()) text += fmt::format(" out by {}", rule.out);
  return text + fmt::format(" ask table {}", rule.table);
}

}   // namespace sluice
