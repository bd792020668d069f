// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach/router_talk.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <utility>

namespace sluice {

using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds kReturnAgain{400};
constexpr int kMostReturns = 4;
// Whoever sends under the router's name does not make us ask without end.
constexpr seconds kAskAllAtMost{1};

}   // namespace

RouterTalk::RouterTalk(boost::asio::io_context& io, RouterPlace place, RouterCounts& counts,
                       std::function<void()> changed)
    : io_(io),
      socket_(std::make_shared<RouterSocket>(io, std::move(place))),
      counts_(counts),
      changed_(std::move(changed)),
      upnp_(io),
      timer_(io) {}

RouterTalk::~RouterTalk() { socket_->close(); }

Result<> RouterTalk::open() {
  return socket_->open([this](const pcp::Answer& answer) { hear(answer); },
                       [this] {
                         const Time now = steady_clock::now();
                         for (auto& [port, one] : askers_) one.asker->hear_nobody(now);
                         after(now);
                       });
}

pcp::PortWish RouterTalk::wish_of(const PortOfOurs& port, seconds life) const {
  const uint16_t had = place().local.is_ipv4() ? port.outside : port.outside6;
  return {.client = place().local,
          .nonce = pcp::parse_nonce(port.nonce).value_or(pcp::Nonce{}),
          .inner = port.port,
          .wanted = had ? had : port.port,
          .life = static_cast<uint32_t>(life.count())};
}

// What another way gave than the one that is asked first from now on is given back, or it would be in its
// way.
void RouterTalk::ask_otherwise(const std::vector<AskedBy>& by) {
  upnp_.forget();
  for (const auto& [port, one] : std::exchange(askers_, {})) {
    const auto way = one.asker->mapped_by();
    if (!way || by == by_ || (!by.empty() && by.front() == *way)) continue;
    pcp::PortWish end = one.asker->wish();
    end.life = 0;
    ask(*way, end);
  }
}

void RouterTalk::want(const std::vector<PortOfOurs>& ports, const std::vector<AskedBy>& by, seconds lease) {
  if (by != by_ || lease != lease_) ask_otherwise(by);
  by_ = by;
  lease_ = lease;
  if (by.empty()) return after(steady_clock::now());
  const Time now = steady_clock::now();
  const auto is_wanted = [&](uint16_t port, const Asker& asker) {
    return std::ranges::any_of(
        ports, [&](const PortOfOurs& one) { return one.port == port && one.nonce == asker.nonce; });
  };
  std::erase_if(askers_, [&](const auto& one) { return !is_wanted(one.first, one.second); });
  for (const PortOfOurs& port : ports) {
    if (askers_.contains(port.port)) continue;
    returned_.erase(port.port);
    auto asker = std::make_unique<PortAsker>(
        wish_of(port, lease), by, [this](AskedBy way, const pcp::PortWish& wish) { ask(way, wish); });
    PortAsker& added = *asker;
    askers_.emplace(port.port, Asker{port.nonce, std::move(asker)});
    added.start(now);
  }
  after(now);
}

void RouterTalk::give_back(const std::vector<PortToReturn>& ports) {
  std::erase_if(returned_, [&](const auto& one) {
    return one.second.done && std::ranges::find(ports, one.second.port) == ports.end();
  });
  for (const PortToReturn& port : ports)
    if (!askers_.contains(port.port.port)) returned_.try_emplace(port.port.port, Returned{.port = port});
  send_returns(steady_clock::now());
  await_next();
}

bool RouterTalk::has_given_back(uint16_t port) const {
  const auto at = returned_.find(port);
  return at != returned_.end() && at->second.done;
}

void RouterTalk::test() {
  const Time now = steady_clock::now();
  for (auto& [port, one] : askers_) one.asker->test(now);
  after(now);
}

void RouterTalk::ask_the_waiting() {
  const Time now = steady_clock::now();
  for (auto& [port, one] : askers_)
    if (one.asker->is_waiting()) one.asker->test(now);
  after(now);
}

bool RouterTalk::is_asking() const {
  return std::ranges::any_of(askers_, [](const auto& one) { return one.second.asker->is_asking(); });
}

void RouterTalk::ask(AskedBy by, const pcp::PortWish& wish) {
  ++counts_.asked;
  if (by == AskedBy::kPcp) return socket_->send(pcp::write_pcp_request(wish));
  if (by == AskedBy::kNatPmp) {
    socket_->send(pcp::write_nat_pmp_request(wish));
    return socket_->send(pcp::write_nat_pmp_address_request());
  }
  const UpnpAsk question{.device = place().device,
                         .local = place().local,
                         .router = place().router,
                         .port = wish.inner,
                         .wanted = wish.wanted,
                         .life = seconds(wish.life),
                         .location = location_};
  upnp_.ask(question, [this, port = wish.inner, ends = wish.life == 0](const UpnpAnswer& answer) {
    const Time now = steady_clock::now();
    if (!answer.trouble.empty()) ++counts_.refused;
    if (!answer.location.empty()) location_ = answer.location;
    if (const auto at = returned_.find(port); ends && at != returned_.end()) at->second.done = true;
    if (const auto at = askers_.find(port); !ends && at != askers_.end())
      at->second.asker->hear_upnp(answer, now);
    after(now);
  });
}

void RouterTalk::hear(const pcp::Answer& answer) {
  const Time now = steady_clock::now();
  hear_epoch(answer);
  if (answer.kind == pcp::Kind::kAddress && answer.code == pcp::Code::kSuccess) outside_ = answer.address;
  if (answer.code != pcp::Code::kSuccess) ++counts_.refused;
  for (auto& [port, one] : askers_)
    if (one.asker->hear(answer, now)) break;
  if (answer.kind == pcp::Kind::kMap && answer.life == 0)
    if (const auto at = returned_.find(answer.inner); at != returned_.end()) at->second.done = true;
  after(now);
}

// Another outside address is another epoch too, whatever the router counts.
void RouterTalk::hear_epoch(const pcp::Answer& answer) {
  EpochWatch& watch = answer.is_nat_pmp ? nat_pmp_ : pcp_;
  const bool is_version = answer.code == pcp::Code::kUnsupportedVersion;   // may count nothing
  const bool moved = answer.kind == pcp::Kind::kAddress && answer.code == pcp::Code::kSuccess && outside_ &&
                     *outside_ != answer.address;
  if (is_version || (watch.note(answer.epoch, steady_clock::now()) && !moved)) return;
  ++counts_.lost;
  lost_.insert(answer.is_nat_pmp ? AskedBy::kNatPmp : AskedBy::kPcp);
}

// Together with what is told within the next second.
void RouterTalk::ask_again(Time now) {
  if (lost_.empty() || now < asked_again_ + kAskAllAtMost) return;
  asked_again_ = now;
  for (const AskedBy by : std::exchange(lost_, {}))
    for (auto& [port, one] : askers_)
      if (one.asker->mapped_by() == by) one.asker->start_anew(now);
}

void RouterTalk::send_returns(Time now) {
  next_return_ = Time::max();
  for (auto& [port, one] : returned_) {
    if (one.done) continue;
    const bool is_upnp = one.port.by == AskedBy::kUpnp;
    if (one.tries == kMostReturns) {
      one.done = true;
      continue;
    }
    if (!is_upnp || one.tries == 0) ask(one.port.by, wish_of(one.port.port, seconds(0)));
    if (is_upnp) {
      one.tries = 1;   // its process has an end
      continue;
    }
    ++one.tries;
    next_return_ = now + kReturnAgain;
  }
}

void RouterTalk::after(Time now) {
  ask_again(now);
  for (auto& [port, one] : askers_) one.asker->tick(now);
  await_next();
  changed_();
}

void RouterTalk::await_next() {
  Time next = lost_.empty() ? next_return_ : std::min(next_return_, asked_again_ + kAskAllAtMost);
  for (const auto& [port, one] : askers_) next = std::min(next, one.asker->next());
  timer_.cancel();
  if (next == Time::max()) return;
  timer_.expires_at(next);
  timer_.async_wait([this, life = std::weak_ptr(life_)](const error_code& error) {
    if (error || life.expired()) return;
    const Time now = steady_clock::now();
    if (now >= next_return_) send_returns(now);
    after(now);
  });
}

RouterNews RouterTalk::news(uint16_t port) const {
  const auto at = askers_.find(port);
  if (at == askers_.end()) return {};
  RouterNews news = at->second.asker->news(steady_clock::now());
  if (news.outside && news.by == AskedBy::kNatPmp) news.outside->address = outside_.value_or(IpAddress());
  return news;
}

}   // namespace sluice
