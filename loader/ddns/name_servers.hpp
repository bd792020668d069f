// SPDX-License-Identifier: GPL-2.0-or-later
// Servers of DNS that are asked by one who waits for the answer; ldns asks.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/address.hpp"

namespace sluice {

class NameServers {
 public:
  // The first one that answers is believed. `recursive`: they find out what they do not know.
  NameServers(std::vector<Endpoint> servers, bool recursive)
      : servers_(std::move(servers)), recursive_(recursive) {}

  // The data of all records of this owner and type ("A", "SRV" ...), as a zone file has it, in small letters
  // and in order. Empty: there are none. Failure: none of the servers says.
  Result<std::vector<std::string>> find(const std::string& owner, const std::string& type) const;

 private:
  std::vector<Endpoint> servers_;
  bool recursive_;
};

// Servers that know of a name by themselves, at most a few. Failure: they are not found.
Result<std::vector<Endpoint>> find_authority(const NameServers& resolvers, const std::string& name);

}   // namespace sluice
