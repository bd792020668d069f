// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach/stun_talk.hpp"

#include <unistd.h>

#include <algorithm>

namespace sluice {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

// Another address outside has to become known soon, however long the NAT keeps the old one.
constexpr seconds kLongestRound{60};

}   // namespace

StunTalk::StunTalk(asio::io_context& io, RawUdp raw, StunCounts& counts, std::function<void()> changed)
    : io_(io),
      raw_(std::move(raw)),
      raw_ready_(io, ::dup(raw_.fd())),
      counts_(counts),
      changed_(std::move(changed)),
      timer_(io),
      servers_(io,
               [this](const std::vector<KnownServer>& found) {
                 known_ = found;
                 const Time now = steady_clock::now();
                 for (auto& [port, seer] : seers_) seer.use(known_, now);
                 after(now);
               }),
      mapping_socket_(io, [this](const StunHeard& heard) { hear_probe(mapping_, heard); }),
      lifetime_socket_(io, [this](const StunHeard& heard) { hear_probe(lifetime_, heard); }),
      second_socket_(io, [](const StunHeard&) {}),
      mapping_(sends_by(mapping_socket_)),
      lifetime_(sends_by(lifetime_socket_), sends_by(second_socket_)) {
  await_raw();
}

StunExchange::Send StunTalk::sends_by(ProbeSocket& socket) {
  return [this, &socket](const Endpoint& to, const stun::Bytes& message) {
    ++counts_.asked;
    socket.send(to, message);
  };
}

PortSeer& StunTalk::seer_of(uint16_t port) {
  const auto [at, added] = seers_.try_emplace(
      port, [this, port](const Endpoint& to, const stun::Bytes& message) { send_raw(port, to, message); });
  if (added) at->second.use(known_, steady_clock::now());
  return at->second;
}

void StunTalk::want(const std::optional<IpAddress>& local, uint32_t device,
                    const std::vector<PortOfOurs>& ports, const std::vector<StunServer>& servers) {
  if (local != local_ || device != device_) {
    seers_.clear();
    mapping_of_.reset();
    lifetime_of_.reset();
  }
  local_ = local;
  device_ = device;
  const auto is_wanted = [&](uint16_t port) {
    return local_ && std::ranges::find(ports, port, &PortOfOurs::port) != ports.end();
  };
  std::erase_if(seers_, [&](const auto& one) { return !is_wanted(one.first); });
  if (local_)
    for (const PortOfOurs& port : ports) seer_of(port.port);
  servers_.want(servers);
  after(steady_clock::now());
}

void StunTalk::note_router(uint16_t port, const std::optional<Endpoint>& outside) {
  const auto at = seers_.find(port);
  if (at == seers_.end()) return;
  at->second.note_router(outside, steady_clock::now());
  await_next();
}

void StunTalk::test() {
  const Time now = steady_clock::now();
  servers_.test();
  mapping_of_.reset();
  if (!lifetime_.result()) lifetime_of_.reset();
  for (auto& [port, seer] : seers_) seer.test(now);
  after(now);
}

bool StunTalk::is_asking() const {
  return servers_.is_looking_up() || !mapping_.is_done() ||
         std::ranges::any_of(seers_, [](const auto& one) { return one.second.is_asking(); });
}

void StunTalk::send_raw(uint16_t port, const Endpoint& to, const stun::Bytes& message) {
  ++counts_.asked;
  raw_.send({*local_, port}, to, device_, message);
}

void StunTalk::await_raw() {
  raw_ready_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const error_code& error) {
    if (error) return;
    hear_raw();
    await_raw();
  });
}

void StunTalk::hear_raw() {
  const Time now = steady_clock::now();
  while (const auto datagram = raw_.receive()) {
    const auto seer = seers_.find(datagram->to.port);
    if (seer == seers_.end() || !local_ || datagram->to.address != *local_) continue;
    const auto answer = stun::read_answer(datagram->payload);
    if (!answer) continue;
    ++counts_.answered;
    seer->second.hear({datagram->from, *answer}, now);
  }
  after(now);
}

// Once for each outside address that is seen, after strangers were tried: the mapping's probe speaks to them.
void StunTalk::probe(const PortSeer& seer, Time now) {
  const auto& mapped = seer.news().mapped;
  if (!seer.is_resting()) return;
  const auto is_news = [&](const std::optional<Endpoint>& known) {
    return !known || known->address != mapped->address;
  };
  if (mapping_.is_done() && seer.other() && is_news(mapping_of_)) {
    mapping_of_ = mapped;
    if (mapping_socket_.open(*local_)) mapping_.start(seer.server(), *seer.other(), now);
  }
  if (is_news(lifetime_of_)) {
    lifetime_of_ = mapped;
    if (lifetime_socket_.open(*local_) && second_socket_.open(*local_)) lifetime_.start(seer.server(), now);
  }
}

template <class Probe>
void StunTalk::hear_probe(Probe& probe, const StunHeard& heard) {
  ++counts_.answered;
  const Time now = steady_clock::now();
  probe.hear(heard, now);
  after(now);
}

void StunTalk::after(Time now) {
  const auto lifetime = lifetime_.result();
  for (auto& [port, seer] : seers_) {
    seer.use_round(lifetime ? std::min(keepalive_for(*lifetime), kLongestRound) : kUsualRound);
    seer.tick(now);
  }
  mapping_.tick(now);
  lifetime_.tick(now);
  const auto seen =
      std::ranges::find_if(seers_, [](const auto& one) { return one.second.news().mapped.has_value(); });
  if (seen != seers_.end()) probe(seen->second, now);
  await_next();
  changed_();
}

void StunTalk::await_next() {
  Time next = std::min(mapping_.next(), lifetime_.next());
  for (const auto& [port, seer] : seers_) next = std::min(next, seer.next());
  timer_.cancel();
  if (next == Time::max()) return;
  timer_.expires_at(next);
  timer_.async_wait([this](const error_code& error) {
    if (!error) after(steady_clock::now());
  });
}

SeenNews StunTalk::news(uint16_t port) const {
  const auto at = seers_.find(port);
  if (at == seers_.end()) return {};
  SeenNews news = at->second.news();
  if (!news.mapped) return news;
  news.mapping = mapping_.result();
  news.lifetime = lifetime_.result();
  return news;
}

}   // namespace sluice
