// SPDX-License-Identifier: GPL-2.0-or-later
// The text of a configuration of bgpd, in the order and with the indents that config_changes() reads. Pure.
#pragma once

#include <fmt/format.h>

#include <iterator>
#include <string>

#include "frr/router.hpp"

namespace sluice {

class ConfigText {
 public:
  template <class... Values>
  void add(fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Values>(values)...);
    text_ += '\n';
  }
  // What its command line says, so that a change of it is one of this text; and how it logs.
  void begin(const Router& router);
  // A list of FRR's without a line lets everything pass: each begins with one that nobody's prefix is.
  void begin_list(Family family, const std::string& name);
  std::string take() { return std::move(text_); }

  static const char* ip(Family family) { return family == Family::kIpv4 ? "ip" : "ipv6"; }

 private:
  std::string text_;
};

}   // namespace sluice
