// SPDX-License-Identifier: GPL-2.0-or-later
// The chains of services: which backend a new flow goes to.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "compile/nft/context.hpp"

namespace sluice::nft {

class ServiceChains {
 public:
  explicit ServiceChains(Compiler& c);

  // Whether any backend takes new flows.
  bool serves(const Forward& forward) { return !chain_for(forward).empty(); }
  // Where new flows go: to a backend, or where they are refused. `sources`: a chain of who may ask; empty:
  // everybody may.
  json leads(const Forward& forward, const std::string& sources);
  // Of the object that a backend is counted as.
  uint32_t number_of(const Forward& forward, const Member& member) const;

 private:
  // Made when it is first asked for; listeners of one family share it.
  std::string chain_for(const Forward& forward);
  std::string make(const Forward& forward);
  std::string chain_of(const std::string& service, const Member& member);
  std::string refusing(const std::string& sources);

  Compiler& c_;
  std::map<const Balancing*, std::string> chains_;
  TurnTables tables_;
  std::map<std::string, std::string> refusing_;   // by the chain of who may ask
  std::unordered_map<std::string_view, uint32_t> numbers_;
};

}   // namespace sluice::nft
