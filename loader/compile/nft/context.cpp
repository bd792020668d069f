// SPDX-License-Identifier: GPL-2.0-or-later
#include "compile/nft/context.hpp"

#include <fmt/format.h>

#include "model/routing.hpp"

namespace sluice {
namespace nft {
namespace {

constexpr std::pair<int, std::string_view> kReasons[] = {
#define X(number, symbol, stage, text) {number, #symbol},
    SL_DROP_REASONS(X)
#undef X
};

}   // namespace

std::vector<uint32_t> Compiler::devices_of(uint16_t zone) const {
  std::vector<uint32_t> devices;
  for (const auto& [index, row] : numbers.interfaces)
    if (row.zone == zone) devices.push_back(index);
  return devices;
}

std::vector<json> Compiler::devices_of_vrfs() const {
  std::vector<json> devices;
  for (const auto& [index, row] : numbers.interfaces)
    if (row.vrf != SL_MAIN_VRF) devices.push_back(index);
  return devices;
}

uint16_t Compiler::number_of(ZonePair pair) const {
  const auto at = std::find(rules.pairs.begin() + 1, rules.pairs.end(), pair);
  return at == rules.pairs.end() ? 0 : static_cast<uint16_t>(at - rules.pairs.begin());
}

// No zone has a slash in its name, so no two pairs share a chain: "x" to "y_to_z", "x_to_y" to "z". The
// kernel takes names of 127 characters (NFT_CHAIN_MAXNAMELEN), of which pieces want some for themselves.
std::string Compiler::chain_of(ZonePair pair) const {
  constexpr size_t kLongest = 100;
  const std::string name = fmt::format("from_{}/to_{}", numbers.zones[pair.from], numbers.zones[pair.to]);
  return name.size() <= kLongest ? name : fmt::format("pair/{}/{}", pair.from, pair.to);
}

std::vector<json> Compiler::passes(std::vector<json> conditions) const {
  conditions.push_back(has_vrfs() ? go(kWayOn) : accept());
  return conditions;
}

std::vector<uint16_t> Compiler::views_of(uint16_t vrf) const {
  std::vector<uint16_t> views{vrf};
  for (const Vrf& one : document.vrfs)
    for (const VrfRoute& route : one.routes)
      if (const uint16_t next = vrf_number(document, route.through);
          one.table == vrf && !route.via && std::find(views.begin(), views.end(), next) == views.end())
        views.push_back(next);
  return views;
}

json Compiler::way_to(std::string_view address) const {
  return has_vrfs() ? fib_by_mark("oif", address) : fib("oif", address);
}

std::string Compiler::by_view(std::string_view name, Family family) const {
  return (has_vrfs() ? "vrf_" : "") + named(name, family);
}

json Compiler::in_view(const json& mark, std::vector<json> key) const {
  if (has_vrfs()) key.insert(key.begin(), mark);
  return key.size() == 1 ? key[0] : concat(std::move(key));
}

json Compiler::in_view(uint16_t vrf, std::vector<json> key) const {
  return in_view(json(vrf_mark(vrf)), std::move(key));
}

json Compiler::type_in_view(std::vector<json> types) const {
  if (has_vrfs()) types.insert(types.begin(), "mark");
  return types.size() == 1 ? types[0] : json(std::move(types));
}

json drop_as(enum sl_drop_reason reason) { return go("drop_" + drop_name(static_cast<uint8_t>(reason))); }
json drop_own_as(enum sl_drop_reason reason) {
  return go("own_drop_" + drop_name(static_cast<uint8_t>(reason)));
}

}   // namespace nft

std::string drop_name(uint8_t reason) {
  for (const auto& [number, symbol] : nft::kReasons)
    if (number == reason) {
      std::string name(symbol);
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      return name;
    }
  return "unknown";
}

}   // namespace sluice
