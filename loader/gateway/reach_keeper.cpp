// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/reach_keeper.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "gateway/reach_view.hpp"
#include "kernel/netlink/default_routes.hpp"
#include "kernel/observe.hpp"

namespace sluice {
namespace {

bool is_on_the_internet(const IpAddress& address) { return Prefix::parse("2000::/3")->contains(address); }

// Of the network that the router is in; otherwise the first.
std::optional<IpAddress> address_towards(const ObservedLink& link, const std::optional<IpAddress>& router) {
  std::optional<IpAddress> first;
  for (const ObservedAddress& own : link.addresses) {
    const IpAddress& address = own.address.address;
    if (!address.is_ipv4() || own.tentative) continue;
    if (router && Prefix::of(own.address).contains(*router)) return address;
    if (!first) first = address;
  }
  return first;
}

std::optional<IpAddress> internet_address6(const ObservedLink& link) {
  for (const ObservedAddress& own : link.addresses)
    if (!own.address.address.is_ipv4() && !own.tentative && is_on_the_internet(own.address.address))
      return own.address.address;
  return std::nullopt;
}

std::string place_or(const std::optional<Endpoint>& place, std::string_view none) {
  return place ? to_string(*place) : std::string(none);
}

std::string told_of(const RouterNews& news) {
  if (news.state != PortState::kMapped) return fmt::format("has no outside port: {}", news.trouble);
  return fmt::format("is {} outside, by {}", to_string(*news.outside), to_string(news.by));
}

bool is_another(const RouterNews& before, const RouterNews& now) {
  const bool is_over = now.state == PortState::kMapped || now.state == PortState::kRefused;
  return is_over && (before.state != now.state || before.outside != now.outside || before.by != now.by);
}

}   // namespace

Result<> find_routers(const Observed& seen, ReachOrder& order) {
  const auto link = seen.links.find(order.device);
  if (link == seen.links.end()) return {};
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  const auto ways = TRY_TO("look for the router", list_default_next_hops(rtnl));
  order.index = link->second.index;
  order.router = router_behind(ways, Family::kIpv4, order.index);
  order.local = address_towards(link->second, order.router);
  order.router6 = router_behind(ways, Family::kIpv6, order.index);
  order.local6 = internet_address6(link->second);
  return {};
}

// What was asked of a router goes back to it by the interface that led there.
Result<ReachOrder> ReachKeeper::order(const Document* document) {
  const Reachability* wanted = document && document->reachability ? &*document->reachability : nullptr;
  std::set<uint16_t> ports;
  if (wanted)
    for (const Network& network : document->networks)
      if (network.port) ports.insert(*network.port);
  book_.want(wanted && !wanted->port_mapping.empty() ? ports : std::set<uint16_t>());
  if (wanted) book_.want_by(wanted->interface);
  TRY(book_.keep());
  ReachOrder order{.device = book_.device(),
                   .by = wanted ? wanted->port_mapping : std::vector<AskedBy>(),
                   .stun = wanted ? wanted->stun : std::vector<StunServer>(),
                   .lease = wanted ? wanted->lease : order_.lease,
                   .ports = book_.wanted(),
                   .to_return = book_.to_return(),
                   .round = test_.number};
  if (order.by.empty())
    for (const uint16_t port : ports) order.ports.push_back({.port = port});
  if (wanted) {
    order.paths = paths_.orders(*document, order.ports);
    order.relays = path_relays(*document);
  }
  if (!order.ports.empty() || !order.to_return.empty()) TRY(find_routers(TRY(observe_ways_out()), order));
  order_ = order;
  forget_others(news_);
  return order;
}

// What was said of ports that nobody asks for any more.
void ReachKeeper::forget_others(ReachNews& news) const {
  std::erase_if(news.ports, [&](const PortNews& one) {
    return std::ranges::find(order_.ports, one.port, &PortOfOurs::port) == order_.ports.end();
  });
  std::erase_if(news.paths, [&](const PathNews& one) {
    return std::ranges::find(order_.paths, one.peer, &PathOrder::peer) == order_.paths.end();
  });
}

uint64_t ReachKeeper::test() {
  if (!std::exchange(test_.runs, true)) ++test_.number;
  return test_.number;
}

// Where nobody is asked there is nothing to wait for.
void ReachKeeper::note_test(uint64_t over) {
  if (!test_.runs || (over != test_.number && !order_.ports.empty())) return;
  test_.runs = false;
  test_.ended = std::chrono::system_clock::now();
}

// Also what was asked for a moment ago, and is not known to be given yet.
ReachOrder ReachKeeper::order_to_end() const {
  ReachOrder order = order_;
  order.stun.clear();
  order.paths.clear();
  const auto ports = std::exchange(order.ports, {});
  if (order.by.empty()) return order;
  for (const PortOfOurs& port : ports) {
    const PortNews* known = news_of(port.port);
    const bool is_known = known && known->router.outside;
    PortToReturn last{port, is_known ? known->router.by : order.by.front()};
    last.port.outside = is_known ? known->router.outside->port : port.port;
    if (known && known->router6.outside) last.port.outside6 = known->router6.outside->port;
    order.to_return.push_back(last);
  }
  return order;
}

const PortNews* ReachKeeper::news_of(uint16_t port) const {
  const auto at = std::ranges::find(news_.ports, port, &PortNews::port);
  return at == news_.ports.end() ? nullptr : &*at;
}

std::optional<Endpoint> ReachKeeper::found(const Network& network) const {
  const PortNews* news = network.port ? news_of(*network.port) : nullptr;
  return news ? direct_place(*news) : std::nullopt;
}

void ReachKeeper::tell_changes(const PortNews& before, const PortNews& now) const {
  if (is_another(before.router, now.router))
    spdlog::info("reachability: UDP port {} {}", now.port, told_of(now.router));
  if (is_another(before.router6, now.router6))
    spdlog::info("reachability: UDP port {} of IPv6 {}", now.port, told_of(now.router6));
  if (before.seen.mapped != now.seen.mapped)
    spdlog::info("reachability: UDP port {} is seen as {}", now.port,
                 place_or(now.seen.mapped, "nothing: no STUN server answers"));
  if (before.seen.open != now.seen.open)
    spdlog::info("reachability: the path of UDP port {} is {}", now.port,
                 now.seen.open ? "direct: " + to_string(*now.seen.open) : "none");
}

void ReachKeeper::note(ReachNews news) {
  forget_others(news);
  for (const PortNews& one : news.ports) {
    const PortNews* before = news_of(one.port);
    tell_changes(before ? *before : PortNews(), one);
  }
  for (const std::string& trouble : news.troubles)
    if (std::ranges::find(news_.troubles, trouble) == news_.troubles.end())
      spdlog::error("reachability: {}", trouble);
  note_test(news.round);
  news_ = std::move(news);
  book_.note(news_);
  const auto kept = book_.keep();
  const std::string trouble = kept ? "" : kept.error().message;
  if (!trouble.empty() && trouble != trouble_) spdlog::error("reachability: {}", trouble);
  trouble_ = trouble;
}

}   // namespace sluice
