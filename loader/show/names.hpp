// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers of the engine back into the document's names, for one answer.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "gateway/gateway.hpp"

namespace sluice {

// As `sluice show` calls it: the main one has a name there, and none in documents.
inline std::string_view vrf_name(const Interface& interface) {
  return interface.vrf.empty() ? kMainVrf : std::string_view(interface.vrf);
}

class Names {
 public:
  static Result<Names> of(Gateway& gateway);
  // Of these objects, without a look at the machine: links have no names.
  static Names of(const Gateway& gateway, std::vector<ObjectCount> objects);

  nlohmann::json zone(uint16_t number) const;     // null: unknown
  nlohmann::json vrf(uint16_t number) const;      // null: unknown
  nlohmann::json link(uint32_t index) const;      // null for the gateway itself
  nlohmann::json object(uint32_t number) const;   // null: none
  const Observed& observed() const { return observed_; }

 private:
  Observed observed_;
  std::vector<std::string> zones_;
  std::map<uint16_t, std::string> vrfs_;
  std::map<uint32_t, std::string> links_;
  std::map<uint32_t, ObjectCount> objects_;
};

}   // namespace sluice
