// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay_tcp/visitors.hpp"

#include <algorithm>

namespace sluice {

IpAddress source_of_visitor(const IpAddress& address) {
  constexpr uint8_t kOfHost = 64;
  return address.is_ipv4() ? address : Prefix::of(InterfaceAddress{address, kOfHost}).address;
}

IpAddress neighbourhood_of_visitor(const IpAddress& address) {
  constexpr uint8_t kOfIpv4 = 24, kOfIpv6 = 48;
  return Prefix::of(InterfaceAddress{address, address.is_ipv4() ? kOfIpv4 : kOfIpv6}).address;
}

// Of as many as there are at most, so that a look at all is cheap.
Visitors::Number Visitors::oldest_unknown() const {
  const auto most = std::ranges::max_element(unknown_, {}, [](const auto& one) { return one.second.size(); });
  return most->second.front();
}

// None: nobody else has more than the newcomer's neighbourhood would have then.
std::optional<Visitors::Number> Visitors::oldest_of_most(const IpAddress& source) const {
  struct Neighbours {
    size_t count = 0;
    Number oldest = 0;
  };
  std::map<IpAddress, Neighbours> all;
  for (const auto& [number, visitor] : all_) {
    Neighbours& these = all[neighbourhood_of_visitor(visitor.source)];
    if (these.count++ == 0) these.oldest = number;
  }
  const size_t own = all[neighbourhood_of_visitor(source)].count;
  const auto most = std::ranges::max_element(all, {}, [](const auto& one) { return one.second.count; });
  return most->second.count > own + 1 ? std::optional(most->second.oldest) : std::nullopt;
}

std::optional<Visitors::Number> Visitors::come(const IpAddress& from, std::optional<Number>& left) {
  const IpAddress source = source_of_visitor(from);
  left.reset();
  const auto own = of_source_.find(source);
  const auto own_unknown = unknown_.find(source);
  if (own != of_source_.end() && own->second >= kMostOfOne) {
    if (own_unknown == unknown_.end()) return std::nullopt;
    left = own_unknown->second.front();
  } else if (all_.size() >= kMost || unknown_count_ >= kMostUnknown) {
    left = unknown_.empty() ? oldest_of_most(source) : oldest_unknown();
    if (!left) return std::nullopt;
  }
  if (left) leave(*left);
  const Number number = next_++;
  all_.emplace(number, Visitor{.source = source});
  ++of_source_[source];
  unknown_[source].push_back(number);
  ++unknown_count_;
  return number;
}

void Visitors::prove(Number number) {
  const auto at = all_.find(number);
  if (at == all_.end() || at->second.known) return;
  at->second.known = true;
  const auto of_source = unknown_.find(at->second.source);
  of_source->second.remove(number);
  if (of_source->second.empty()) unknown_.erase(of_source);
  --unknown_count_;
}

void Visitors::leave(Number number) {
  const auto at = all_.find(number);
  if (at == all_.end()) return;
  prove(number);
  const auto of_source = of_source_.find(at->second.source);
  if (--of_source->second == 0) of_source_.erase(of_source);
  all_.erase(at);
}

}   // namespace sluice
