// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/mapping_request.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/protocol.hpp"

namespace sluice {
namespace {

constexpr std::string_view kLeasePrefix = "mapping:";

template <class T>
bool has(const std::vector<T>& all, const T& one) {
  return std::ranges::find(all, one) != all.end();
}

}   // namespace

std::optional<OutsidePlace> outside_of_zone(const Document& document, const std::string& zone) {
  for (const Masquerade& masquerade : document.masquerades) {
    if (!masquerade.ipv4 || !has(masquerade.from, zone)) continue;
    for (const AddressRange& range : masquerade.addresses)
      if (range.first.is_ipv4()) return range.first;
    if (!masquerade.addresses.empty()) continue;
    for (const Interface& interface : document.interfaces)
      if (has(masquerade.to, interface.zone)) return interface.name;
  }
  return std::nullopt;
}

std::string name_of_lease(const LeaseKey& key) {
  return fmt::format("{}{}:{}:{}:{}", kLeasePrefix, key.zone, key.host.to_string(),
                     protocol_name(key.protocol), key.port);
}

bool is_of_lease(const Forward& forward) { return forward.name.starts_with(kLeasePrefix); }

}   // namespace sluice
