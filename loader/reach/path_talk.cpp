// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach/path_talk.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace sluice {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::steady_clock;

namespace {

// Through the router at home, and out of it.
constexpr uint8_t kNearHops = 2;
constexpr std::chrono::seconds kLongestUnready{20};

}   // namespace

PathTalk::Peer::Peer(PathTalk& talk, const PathOrder& wanted, Time now)
    : order(wanted),
      answerer(wanted.behind,
               [&talk, this](const Endpoint& to, const PathMessage& message, PathAnswerer::Reach reach) {
                 talk.send(order, to, message, reach == PathAnswerer::Reach::kNear ? kNearHops : 0);
               }) {
  if (order.dial)
    finder.emplace(
        order,
        [&talk, this](const Endpoint& to, const PathMessage& message) { talk.send(order, to, message, 0); },
        now);
}

PathTalk::PathTalk(asio::io_context& io, RawUdp raw, std::optional<RawUdp6> raw6,
                   std::function<void()> changed)
    : raw_(std::move(raw)),
      raw6_(std::move(raw6)),
      ready_(io, ::dup(raw_.fd())),
      ready6_(io),
      changed_(std::move(changed)),
      timer_(io) {
  await(ready_, raw_);
  if (!raw6_) return;
  ready6_.assign(::dup(raw6_->fd()));
  await(ready6_, *raw6_);
}

template <class Raw>
void PathTalk::await(asio::posix::stream_descriptor& ready, Raw& raw) {
  ready.async_wait(asio::posix::stream_descriptor::wait_read, [this, &ready, &raw](const error_code& error) {
    if (error) return;
    const Time now = steady_clock::now();
    while (const auto datagram = raw.receive()) hear(*datagram, now);
    after(now);
    await(ready, raw);
  });
}

void PathTalk::want(const PathPlace& place, const std::vector<PathOrder>& orders) {
  const Time now = steady_clock::now();
  if (std::exchange(place_, place) != place || since_ == Time{}) {
    peers_.clear();
    since_ = now;
  }
  std::map<PathTag, std::unique_ptr<Peer>> kept;
  for (const PathOrder& order : orders) {
    const auto known = peers_.find(order.key.tag);
    if (known != peers_.end() && known->second->order == order)
      kept[order.key.tag] = std::move(known->second);
    else
      kept[order.key.tag] = std::make_unique<Peer>(*this, order, now);
  }
  peers_ = std::move(kept);
  after(now);
}

void PathTalk::use(Candidates candidates) {
  const Candidates before = std::exchange(candidates_, std::move(candidates));
  const Time now = steady_clock::now();
  bool has_news = false;
  for (auto& [tag, peer] : peers_) {
    const auto was = before.find(peer->order.port);
    const auto is = candidates_.find(peer->order.port);
    if (was == before.end() || is == candidates_.end() || was->second == is->second) continue;
    if (peer->finder) peer->finder->renew(now);
    has_news = true;
  }
  if (has_news) after(now);
}

// A call without a place outside would have the other end open nothing, and our own questions come too early.
bool PathTalk::is_ready(uint16_t port, Time now) const {
  const auto ours = candidates_.find(port);
  return !place_.asks_servers || now - since_ >= kLongestUnready ||
         (ours != candidates_.end() && std::ranges::any_of(ours->second, [](const PathCandidate& one) {
            return one.origin == PathOrigin::kSeen || one.origin == PathOrigin::kMapped;
          }));
}

void PathTalk::send(const PathOrder& order, const Endpoint& to, PathMessage message, uint8_t hops) {
  const auto& from = to.address.is_ipv4() ? place_.local : place_.local6;
  if (!from) return;
  if (const auto ours = candidates_.find(order.port); message.is_call && ours != candidates_.end())
    message.candidates = ours->second;
  send_from({*from, order.port}, to, write_path_message(message, order.key), hops);
}

// From an address of the interface that leads to the router by that interface, otherwise where the route
// leads: to a relay by its tunnel.
void PathTalk::send_from(const Endpoint& from, const Endpoint& to, const stun::Bytes& bytes,
                         uint8_t hops) const {
  const uint32_t device = from.address == place_.local || from.address == place_.local6 ? place_.device : 0;
  if (to.address.is_ipv4())
    raw_.send(from, to, device, bytes, hops);
  else if (raw6_)
    raw6_->send(from, to, device, bytes);
}

void PathTalk::hear(const RawDatagram& datagram, Time now) {
  const auto tag = path_tag_in(datagram.payload);
  const auto at = tag ? peers_.find(*tag) : peers_.end();
  if (at == peers_.end() || at->second->order.port != datagram.to.port) return;
  Peer& peer = *at->second;
  const auto message = read_path_message(datagram.payload, peer.order.key);
  if (!message) return;
  if (!message->is_answer)
    answer(peer, datagram, *message, now);
  else if (peer.finder)
    peer.finder->hear_answer(datagram.from, *message, now);
}

void PathTalk::answer(Peer& peer, const RawDatagram& datagram, const PathMessage& request, Time now) {
  const bool through_relay = std::ranges::find(place_.relays, datagram.from.address) != place_.relays.end();
  if (peer.finder && request.is_call && peer.order.yields) peer.finder->yield(now);
  if (peer.finder && !through_relay) peer.finder->hear_request(datagram.from, now);
  PathMessage answer = peer.answerer.answer(datagram.from, request, through_relay, now);
  if (const auto ours = candidates_.find(peer.order.port); ours != candidates_.end()) {
    answer.digest = digest_of(ours->second);
    if (request.is_call) answer.candidates = ours->second;
  }
  send_from(datagram.to, datagram.from, write_path_message(answer, peer.order.key));
}

void PathTalk::after(Time now) {
  for (auto& [tag, peer] : peers_) {
    if (peer->finder && is_ready(peer->order.port, now)) peer->finder->tick(now);
    peer->answerer.tick(now);
  }
  await_next(now);
  if (auto now_known = news(); now_known != told_) {
    told_ = std::move(now_known);
    changed_();
  }
}

void PathTalk::await_next(Time now) {
  Time next = Time::max();
  for (const auto& [tag, peer] : peers_) {
    if (peer->finder)
      next =
          std::min(next, is_ready(peer->order.port, now) ? peer->finder->next() : since_ + kLongestUnready);
    next = std::min(next, peer->answerer.next());
  }
  timer_.cancel();
  if (next == Time::max()) return;
  timer_.expires_at(next);
  timer_.async_wait([this](const error_code& error) {
    if (!error) after(steady_clock::now());
  });
}

std::vector<PathNews> PathTalk::news() const {
  std::vector<PathNews> all;
  for (const auto& [tag, peer] : peers_) {
    PathNews news{.port = peer->order.port, .peer = peer->order.peer};
    if (peer->finder) {
      news.kind = peer->finder->kind();
      news.place = peer->finder->place();
    }
    if (news.kind == PathKind::kNone) news.kind = peer->answerer.used().value_or(PathKind::kNone);
    if (news.kind != PathKind::kNone || news.place) all.push_back(news);
  }
  return all;
}

}   // namespace sluice
