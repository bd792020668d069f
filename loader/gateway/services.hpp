// SPDX-License-Identifier: GPL-2.0-or-later
// What time does to services: an underlay that carries no more is left by its flows after a grace, so is an
// address that left the document, and a backend that drains by the time that the document says.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/document.hpp"

namespace sluice {

struct ServiceClocks {
  std::chrono::steady_clock::time_point steady = std::chrono::steady_clock::now();
  std::chrono::system_clock::time_point wall = std::chrono::system_clock::now();
};

class ServiceTimes {
 public:
  using Since = std::map<std::string, std::chrono::steady_clock::time_point>;
  // Addresses by the name of their service and their family.
  using Addresses = std::map<std::pair<std::string, Family>, std::vector<Member>>;

  // Takes the addresses out of the document whose time is over, and adds those that have left it and have
  // time yet. `keep`: the document is in force, or about to be, so the grace of an address that carries no
  // more begins now.
  void settle(Document& document, const ServiceClocks& now, bool keep);
  // The same document says something else of this service: what its addresses leave with, when they leave.
  void note(const Document& declared, std::string_view service);
  // How long until the next time is over; none: nothing is waited for.
  std::optional<std::chrono::milliseconds> next(const Document& document, const ServiceClocks& now) const;

 private:
  std::optional<std::chrono::milliseconds> left(const std::string& name, const Balancing& balancing,
                                                const Member& member, const ServiceClocks& now) const;
  Addresses still_leaving(const Document& document, const ServiceClocks& now) const;

  Since since_;          // by the name of the address, since when its underlay carries no more
  Addresses declared_;   // by the document that was kept last
  Addresses leaving_;    // are in it no more; each drains until its time is over
};

}   // namespace sluice
