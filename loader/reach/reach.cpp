// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach/reach.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

constexpr std::chrono::seconds kOpenRouterAgain{1};

// What IPv6 has is no translation but a hole in the router's filter; only PCP has words for it.
std::vector<AskedBy> ways_of_ipv6(const std::vector<AskedBy>& by) {
  const bool has_pcp = std::ranges::find(by, AskedBy::kPcp) != by.end();
  return has_pcp ? std::vector{AskedBy::kPcp} : std::vector<AskedBy>();
}

}   // namespace

Reach::Reach(boost::asio::io_context& io, Sockets sockets, std::function<void()> changed)
    : io_(io), changed_(std::move(changed)), retry_(io) {
  if (sockets.stun)
    stun_ = std::make_unique<StunTalk>(io, std::move(*sockets.stun), stun_counts_, [this] { note(); });
  else
    raw_trouble_ = sockets.stun.error().message;
  if (!sockets.paths) return;
  std::optional<RawUdp6> raw6;
  if (sockets.paths6) raw6 = std::move(*sockets.paths6);
  paths_ = std::make_unique<PathTalk>(io, std::move(*sockets.paths), std::move(raw6), [this] { changed_(); });
}

void Reach::follow(const ReachOrder& order) {
  const uint64_t before = std::exchange(order_, order).round;
  order_.round = before;   // until it is begun, it is not over
  follow_router(router4_, order_.local, order_.router, order_.by);
  follow_router(router6_, order_.local6, order_.router6, ways_of_ipv6(order_.by));
  seen_ports_ = settled_ports();
  if (stun_) stun_->want(order_.local, order_.index, seen_ports_, order_.stun);
  follow_paths();
  await_retry();
  if (order.round != before) test();
  order_.round = order.round;
  note();
}

// Who asks already goes on.
void Reach::test() {
  for (const Router* router : {&router4_, &router6_})
    if (router->talk) router->talk->test();
  if (stun_) stun_->test();
}

bool Reach::is_asking() const {
  const auto asks = [](const Router& router) { return router.talk && router.talk->is_asking(); };
  return asks(router4_) || asks(router6_) || (stun_ && stun_->is_asking());
}

void Reach::follow_router(Router& router, const std::optional<IpAddress>& local,
                          const std::optional<IpAddress>& gateway, const std::vector<AskedBy>& by) {
  router.trouble.clear();
  const bool has_task = (!by.empty() && !order_.ports.empty()) || !order_.to_return.empty();
  if (!local || !gateway || !has_task) return router.talk.reset();
  const RouterPlace place{order_.device, order_.index, *local, *gateway};
  if (!router.talk || router.talk->place() != place) {
    auto talk = std::make_unique<RouterTalk>(io_, place, router_counts_, [this] { note(); });
    const auto opened = talk->open();
    router.trouble = opened ? "" : opened.error().message;
    router.talk = opened ? std::move(talk) : nullptr;
  }
  if (!router.talk) return;
  router.talk->want(order_.ports, by, order_.lease);
  std::vector<PortToReturn> to_return = order_.to_return;
  if (!local->is_ipv4())
    std::erase_if(to_return, [](const PortToReturn& one) { return one.port.outside6 == 0; });
  for (PortToReturn& one : to_return)
    if (!local->is_ipv4()) one.by = AskedBy::kPcp;
  if (local->is_ipv4())
    std::erase_if(to_return, [](const PortToReturn& one) { return one.port.outside == 0; });
  router.talk->give_back(to_return);
}

// An address that the machine has not taken yet.
void Reach::await_retry() {
  retry_.cancel();
  if (router4_.trouble.empty() && router6_.trouble.empty()) return;
  retry_.expires_after(kOpenRouterAgain);
  retry_.async_wait([this](const boost::system::error_code& error) {
    if (!error) follow(ReachOrder(order_));
  });
}

// Where its router is not there any more, nobody can be told.
bool Reach::has_given_back(const PortToReturn& port) const {
  const auto is_done = [&](const Router& router, uint16_t outside) {
    return outside == 0 || !router.talk || router.talk->has_given_back(port.port.port);
  };
  return is_done(router4_, port.port.outside) && is_done(router6_, port.port.outside6);
}

bool Reach::has_given_back_all() const {
  return std::ranges::all_of(order_.to_return, [&](const PortToReturn& one) { return has_given_back(one); });
}

// Those that the router was asked for. Before, a question to a server would have the router's NAT take the
// very port that is about to be asked for.
std::vector<PortOfOurs> Reach::settled_ports() const {
  std::vector<PortOfOurs> ports;
  for (const PortOfOurs& port : order_.ports)
    if (!router4_.talk || router4_.talk->news(port.port).state != PortState::kAsking) ports.push_back(port);
  return ports;
}

// Of what is there twice the first.
std::vector<PathCandidate> Reach::candidates(uint16_t port) const {
  std::vector<PathCandidate> all;
  const auto add = [&](PathOrigin origin, const std::optional<Endpoint>& place) {
    if (place && is_path_place(*place) && all.size() < kMostPathCandidates &&
        std::ranges::find(all, *place, &PathCandidate::place) == all.end())
      all.push_back({origin, *place});
  };
  const auto own = [&](const std::optional<IpAddress>& address) {
    return address ? std::optional(Endpoint{*address, port}) : std::nullopt;
  };
  add(PathOrigin::kOwn, own(order_.local));
  add(PathOrigin::kOwn, own(order_.local6));
  if (router4_.talk) add(PathOrigin::kMapped, router4_.talk->news(port).outside);
  if (router6_.talk) add(PathOrigin::kMapped, router6_.talk->news(port).outside);
  if (stun_) add(PathOrigin::kMapped, stun_->news(port).open);
  if (stun_) add(PathOrigin::kSeen, stun_->news(port).mapped);
  for (const PathRelay& relay : order_.relays)
    if (relay.to_port == port) add(PathOrigin::kRelay, relay.at);
  return all;
}

void Reach::tell_candidates() {
  if (!paths_) return;
  PathTalk::Candidates all;
  for (const PathOrder& path : order_.paths)
    if (!all.contains(path.port)) all[path.port] = candidates(path.port);
  paths_->use(std::move(all));
}

void Reach::follow_paths() {
  if (!paths_) return;
  PathPlace place{.device = order_.index,
                  .local = order_.local,
                  .local6 = order_.local6,
                  .relays = {},
                  .asks_servers = stun_ && !order_.stun.empty()};
  for (const PathRelay& relay : order_.relays)
    place.relays.insert(place.relays.end(), relay.ends.begin(), relay.ends.end());
  tell_candidates();
  paths_->want(place, order_.paths);
}

void Reach::note() {
  if (auto settled = settled_ports(); stun_ && settled.size() > seen_ports_.size()) {
    seen_ports_ = std::move(settled);
    stun_->want(order_.local, order_.index, seen_ports_, order_.stun);
  }
  if (stun_ && router4_.talk)
    for (const PortOfOurs& port : order_.ports)
      stun_->note_router(port.port, router4_.talk->news(port.port).outside);
  note_silence();
  tell_candidates();
  if (!is_asking()) round_ = order_.round;
  changed_();
}

// Servers that are heard again say that the way out is free: a router that was silent as well has a pause of
// up to a quarter of an hour.
void Reach::note_silence() {
  bool is_back = false;
  for (const PortOfOurs& port : order_.ports) {
    const bool is_heard = stun_ && stun_->news(port.port).mapped;
    if (!is_heard && heard_.erase(port.port) != 0) silent_.insert(port.port);
    if (!is_heard) continue;
    is_back |= silent_.erase(port.port) != 0;
    heard_.insert(port.port);
  }
  if (!is_back) return;
  for (const Router* router : {&router4_, &router6_})
    if (router->talk) router->talk->ask_the_waiting();
}

ReachNews Reach::news() const {
  ReachNews news;
  for (const PortOfOurs& port : order_.ports)
    news.ports.push_back({.port = port.port,
                          .router = router4_.talk ? router4_.talk->news(port.port) : RouterNews(),
                          .router6 = router6_.talk ? router6_.talk->news(port.port) : RouterNews(),
                          .seen = stun_ ? stun_->news(port.port) : SeenNews()});
  for (const PortToReturn& port : order_.to_return)
    if (has_given_back(port)) news.returned.push_back(port.port.port);
  for (const Router* router : {&router4_, &router6_})
    if (!router->trouble.empty()) news.troubles.push_back(router->trouble);
  if (!raw_trouble_.empty() && !order_.stun.empty()) news.troubles.push_back(raw_trouble_);
  if (paths_) news.paths = paths_->news();
  news.round = round_;
  news.asked = router_counts_.asked;
  news.refused = router_counts_.refused;
  news.lost = router_counts_.lost;
  news.stun_asked = stun_counts_.asked;
  news.stun_answered = stun_counts_.answered;
  return news;
}

}   // namespace sluice
