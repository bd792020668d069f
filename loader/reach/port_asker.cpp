// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach/port_asker.hpp"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>

namespace sluice {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Each after twice as long: a router in the same house answers within milliseconds, and the next way waits.
constexpr milliseconds kFirstTry{250};
constexpr int kMostTries = 5;
constexpr seconds kUpnpTime{20};   // longer than what asks takes (upnp_child.cpp)
constexpr seconds kFirstPause{15}, kLongestPause{900}, kSoonestRenewal{1};

}   // namespace

PortAsker::PortAsker(pcp::PortWish wish, std::vector<AskedBy> by, Ask ask)
    : wish_(wish), by_(std::move(by)), ask_(std::move(ask)), pause_(kFirstPause) {}

void PortAsker::start(Time now) {
  if (by_.empty()) return;
  way_ = 0;
  tries_ = 0;
  prolongs_ = false;
  trouble_.clear();
  phase_ = Phase::kAsking;
  ask(now);
}

// The way that gave it is asked first.
void PortAsker::prolong(Time now) {
  if (!mapped_) return start(now);
  way_ = static_cast<size_t>(std::ranges::find(by_, mapped_->by) - by_.begin());
  tries_ = 0;
  prolongs_ = true;
  trouble_.clear();
  phase_ = Phase::kAsking;
  ask(now);
}

void PortAsker::ask(Time now) {
  const bool is_upnp = way() == AskedBy::kUpnp;
  if (tries_ == (is_upnp ? 1 : kMostTries)) return fail("the router does not answer", now);
  next_ = now + (is_upnp ? milliseconds(kUpnpTime) : kFirstTry * (1 << tries_));
  ++tries_;
  ask_(way(), wish_);
}

void PortAsker::fail(std::string_view why, Time now) {
  trouble_ += fmt::format("{}{}: {}", trouble_.empty() ? "" : "; ", to_string(way()), why);
  if (prolongs_) return start(now);
  tries_ = 0;
  if (++way_ < by_.size()) return ask(now);
  phase_ = Phase::kWaiting;
  said_ = trouble_;
  next_ = now + pause_;
  pause_ = std::min(2 * pause_, kLongestPause);
}

void PortAsker::have(AskedBy by, const Endpoint& outside, seconds life, Time now) {
  mapped_ = Mapped{by, outside, life.count() ? std::optional(now + life) : std::nullopt};
  wish_.wanted = outside.port;
  phase_ = Phase::kResting;
  said_.clear();
  pause_ = kFirstPause;
  // The answer may be to a question of before, which wished for longer.
  const seconds wished(wish_.life);
  const auto half = milliseconds(life.count() ? std::min(life, wished) : wished) / 2;
  next_ = now + std::max(half, milliseconds(kSoonestRenewal));
}

// A router that knows one of the two protocols alone says so by a message of the one that it knows, which
// cannot repeat what it was asked. In the protocol that it was asked by the nonce must be right, as in any
// answer.
bool PortAsker::hear(const pcp::Answer& answer, Time now) {
  if (!asks_a_port()) return false;
  const bool is_as_asked = answer.is_nat_pmp == (way() == AskedBy::kNatPmp);
  if (answer.code == pcp::Code::kUnsupportedVersion && !is_as_asked) {
    fail(pcp::reason_of(answer.code), now);
    return true;
  }
  const bool is_ours = answer.kind == pcp::Kind::kMap && answer.protocol == IPPROTO_UDP &&
                       answer.inner == wish_.inner && is_as_asked &&
                       (answer.is_nat_pmp || answer.nonce == wish_.nonce);
  if (!is_ours) return false;
  if (answer.code != pcp::Code::kSuccess || answer.life == 0 || answer.port == 0)
    fail(pcp::reason_of(answer.code), now);
  else
    have(way(), {answer.address, answer.port}, seconds(answer.life), now);
  return true;
}

void PortAsker::start_anew(Time now) {
  mapped_.reset();
  start(now);
}

void PortAsker::test(Time now) {
  pause_ = kFirstPause;
  if (phase_ == Phase::kResting || phase_ == Phase::kWaiting) prolong(now);
}

void PortAsker::hear_upnp(const UpnpAnswer& answer, Time now) {
  if (phase_ != Phase::kAsking || way() != AskedBy::kUpnp) return;
  if (answer.trouble.empty())
    have(AskedBy::kUpnp, answer.outside, answer.life, now);
  else
    fail(answer.trouble, now);
}

void PortAsker::hear_nobody(Time now) {
  if (asks_a_port()) fail("the router refuses to be asked", now);
}

void PortAsker::tick(Time now) {
  if (mapped_ && mapped_->until && now >= *mapped_->until) mapped_.reset();
  if (now < next_) return;
  switch (phase_) {
    case Phase::kIdle: return;
    case Phase::kAsking: return ask(now);
    case Phase::kResting: return prolong(now);
    case Phase::kWaiting: return start(now);
  }
}

PortAsker::Time PortAsker::next() const {
  return mapped_ && mapped_->until ? std::min(next_, *mapped_->until) : next_;
}

RouterNews PortAsker::news(Time now) const {
  RouterNews news;
  news.trouble = said_;
  if (mapped_) {
    news.state = PortState::kMapped;
    news.by = mapped_->by;
    news.outside = mapped_->outside;
    if (mapped_->until)
      news.until = std::chrono::round<seconds>(std::chrono::system_clock::now() + (*mapped_->until - now));
  } else if (phase_ != Phase::kIdle) {
    news.state = phase_ == Phase::kWaiting || !said_.empty() ? PortState::kRefused : PortState::kAsking;
  }
  return news;
}

}   // namespace sluice
