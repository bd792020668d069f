// SPDX-License-Identifier: GPL-2.0-or-later
#include "dns/known_names.hpp"

#include <algorithm>
#include <string_view>

namespace sluice::dns {
namespace {

constexpr std::string_view kOwnDomains[] = {kServiceNames, kEndpointNames, kPodNames, kContainerNames};

bool is_below(std::string_view name, std::string_view domain) {
  return name.size() > domain.size() && name.ends_with(domain) &&
         name[name.size() - domain.size() - 1] == '.';
}

bool is_own(std::string_view name) {
  return std::ranges::any_of(
      kOwnDomains, [&](std::string_view domain) { return name == domain || is_below(name, domain); });
}

}   // namespace

KnownNames::KnownNames(const std::vector<NamedAddresses>& names) {
  for (const auto& [name, addresses] : names) {
    addresses_.try_emplace(name, addresses);
    for (const IpAddress& address : addresses) reverse_.try_emplace(reverse_name(address), name);
    if (!is_own(name)) continue;
    for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1))
      above_.insert(name.substr(dot + 1));
  }
  for (const std::string_view domain : kOwnDomains) above_.emplace(domain);
}

std::optional<Bytes> KnownNames::answer(const Query& query) const {
  if (const auto at = addresses_.find(query.name); at != addresses_.end()) {
    const bool v4 = query.type == kTypeA;
    const bool has =
        std::ranges::any_of(at->second, [&](const IpAddress& one) { return one.is_ipv4() == v4; });
    if (has && (v4 || query.type == kTypeAaaa)) return write_addresses(query, at->second);
    return write_nothing(query, kNoError);
  }
  if (const auto at = reverse_.find(query.name); at != reverse_.end())
    return query.type == kTypePtr ? write_name(query, at->second) : write_nothing(query, kNoError);
  if (!is_own(query.name)) return std::nullopt;
  return write_nothing(query, above_.contains(query.name) ? kNoError : kNxDomain);
}

}   // namespace sluice::dns
