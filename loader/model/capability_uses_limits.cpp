// SPDX-License-Identifier: GPL-2.0-or-later
// What a document asks of limits.
#include "model/capability_uses.hpp"

namespace sluice {
namespace {

template <class Asks>
std::vector<Use> count_each(const Document& document, std::string_view key, Asks asks) {
  std::vector<Use> uses;
  for (size_t i = 0; i < document.limits.size(); ++i)
    if (asks(document.limits[i])) uses.push_back({{"limits", i, std::string(key)}, 1});
  return uses;
}

}   // namespace

std::vector<Use> count_vrf_keys(const Document& document) {
  return count_each(document, "key", [](const Limit& limit) { return limit.key.kind == LimitKey::kVrf; });
}

std::vector<Use> count_short_bursts(const Document& document) {
  return count_each(document, "burst", [](const Limit& limit) {
    return !limit.rate.packets && limit.burst && *limit.burst < bytes_per_second(limit.rate);
  });
}

}   // namespace sluice
