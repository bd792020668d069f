// SPDX-License-Identifier: GPL-2.0-or-later
// What a zone is told without anybody else being asked: names with their addresses, and the way back.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "dns/message.hpp"
#include "model/resolver_order.hpp"

namespace sluice::dns {

class KnownNames {
 public:
  explicit KnownNames(const std::vector<NamedAddresses>& names);

  // Nothing: others have to be asked.
  std::optional<Bytes> answer(const Query& query) const;

 private:
  std::unordered_map<std::string, std::vector<IpAddress>> addresses_;
  std::unordered_map<std::string, std::string> reverse_;
  std::unordered_set<std::string> above_;   // below which there are names of the gateway's own
};

}   // namespace sluice::dns
