// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/domains.hpp"

#include <algorithm>

#include "model/resolver.hpp"

namespace sluice {
namespace {

constexpr std::string_view kBelow = "*.";

// RFC 6890 and its successors, without the prefixes for documentation.
constexpr std::string_view kNotOfInternet[] = {
    "0.0.0.0/8",    "10.0.0.0/8",     "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3", "::/8",           "100::/64",
    "fc00::/7",     "fe80::/10",      "fec0::/10",     "ff00::/8",    "64:ff9b:1::/48"};

const std::vector<Prefix>& not_of_internet() {
  static const std::vector<Prefix> prefixes = [] {
    std::vector<Prefix> all;
    for (const std::string_view text : kNotOfInternet) all.push_back(*Prefix::parse(text));
    return all;
  }();
  return prefixes;
}

// Of an address that leads to an IPv4 one: by NAT64 or 6to4 (RFC 6052, RFC 3056).
std::optional<IpAddress> ipv4_within(const IpAddress& address) {
  const auto& bytes = address.bytes();
  const auto at = [&](size_t first) {
    return IpAddress::from_ipv4_bytes({bytes[first], bytes[first + 1], bytes[first + 2], bytes[first + 3]});
  };
  static const Prefix kNat64 = *Prefix::parse("64:ff9b::/96"), k6to4 = *Prefix::parse("2002::/16");
  if (kNat64.contains(address)) return at(12);
  return k6to4.contains(address) ? std::optional(at(2)) : std::nullopt;
}

}   // namespace

std::optional<std::string> domain_pattern(std::string_view text) {
  const bool below = text.starts_with(kBelow);
  const auto name = host_name(below ? text.substr(kBelow.size()) : text);
  if (!name) return std::nullopt;
  return below ? std::string(kBelow) + *name : *name;
}

bool means_name(std::string_view pattern, std::string_view name) {
  if (!pattern.starts_with(kBelow)) return pattern == name;
  const std::string_view end = pattern.substr(kBelow.size() - 1);   // with its dot
  return name.size() > end.size() && name.ends_with(end);
}

bool means_name(const Policy& policy, std::string_view name) {
  return std::ranges::any_of(policy.domains,
                             [&](const std::string& pattern) { return means_name(pattern, name); });
}

std::string set_of_domains(std::string_view policy) { return "domains:" + std::string(policy); }

// Sorted as they are settled.
void change_opened(Document& document, const OpenedChange& change) {
  std::vector<Prefix>& set = document.sets[change.set];
  const Prefix host = Prefix::of_host(change.address);
  const auto at = std::ranges::lower_bound(set, host);
  const bool is_there = at != set.end() && *at == host;
  if (change.opens && !is_there) set.insert(at, host);
  if (!change.opens && is_there) set.erase(at);
}

bool is_of_internet(const IpAddress& address) {
  if (!address.is_ipv4())
    if (const auto within = ipv4_within(address)) return is_of_internet(*within);
  return std::ranges::none_of(not_of_internet(), [&](const Prefix& one) { return one.contains(address); });
}

}   // namespace sluice
