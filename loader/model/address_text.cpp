// SPDX-License-Identifier: GPL-2.0-or-later
// How addresses are written. Own code instead of inet_ntop: that writes ::1:1 as ::0.1.0.1.
#include <fmt/format.h>

#include "model/address.hpp"

namespace sluice {
namespace {

using Groups = std::array<uint16_t, 8>;

struct Run {
  int first = -1, length = 0;
};

Groups groups_of(const IpAddress& address) {
  Groups groups;
  for (size_t i = 0; i < 8; ++i)
    groups[i] = static_cast<uint16_t>(address.bytes()[2 * i] << 8 | address.bytes()[2 * i + 1]);
  return groups;
}

// RFC 5952 section 4.2: the longest run of zero groups is shortened, the first of equals, never one alone.
Run longest_zero_run(const Groups& groups) {
  Run best{-1, 1}, here;
  for (int i = 0; i < 8; ++i) {
    here = groups[i] != 0 ? Run{} : here.length == 0 ? Run{i, 1} : Run{here.first, here.length + 1};
    if (here.length > best.length) best = here;
  }
  return best;
}

std::string write_groups(const Groups& groups, int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i) text += fmt::format("{}{:x}", i == from ? "" : ":", groups[i]);
  return text;
}

std::string write_ipv6(const Groups& groups) {
  const Run run = longest_zero_run(groups);
  if (run.first < 0) return write_groups(groups, 0, 8);
  return write_groups(groups, 0, run.first) + "::" + write_groups(groups, run.first + run.length, 8);
}

}   // namespace

std::string IpAddress::to_string() const {
  if (is_ipv4()) return fmt::format("{}.{}.{}.{}", bytes_[12], bytes_[13], bytes_[14], bytes_[15]);
  return write_ipv6(groups_of(*this));
}

}   // namespace sluice
