// SPDX-License-Identifier: GPL-2.0-or-later
// Two gateways behind NATs of every behaviour (RFC 4787), with a relay in between, on a clock of their own.
#pragma once

#include <algorithm>
#include <map>
#include <set>

#include "path/answerer.hpp"
#include "path/finder.hpp"

namespace sluice {

using PathTime = PathFinder::Time;

enum class Nat : uint8_t { kIndependent, kAddress, kAddressAndPort };

inline Endpoint place_at(const char* text) { return *parse_endpoint(text); }

// One NAT with one host behind it.
class NatBox {
 public:
  NatBox(const char* outside, Nat mapping, Nat filtering)
      : outside_(*IpAddress::parse(outside)), mapping_(mapping), filtering_(filtering) {}

  // Where what goes to `to` comes from outside.
  Endpoint out(const Endpoint& to) {
    if (taken_.contains(to)) return {outside_, next_++};
    const Endpoint key = mapping_ == Nat::kIndependent ? Endpoint{}
                         : mapping_ == Nat::kAddress   ? Endpoint{to.address, 0}
                                                       : to;
    const auto [at, is_new] = ports_.try_emplace(key, next_);
    if (is_new) ++next_;
    spoken_[at->second].insert(to);
    return {outside_, at->second};
  }

  bool lets_in(const Endpoint& from, const Endpoint& to) {
    if (to.address != outside_ || blocked_) return false;
    const auto spoken = spoken_.find(to.port);
    const bool is_in =
        spoken != spoken_.end() && std::ranges::any_of(spoken->second, [&](const Endpoint& one) {
          return filtering_ == Nat::kIndependent ||
                 (filtering_ == Nat::kAddress && one.address == from.address) || one == from;
        });
    if (!is_in && answers_itself_) taken_.insert(from);
    return is_in;
  }

  // What it lets nobody have is its own: so a peer that came too early has its place taken, as in Linux.
  void answer_itself() { answers_itself_ = true; }

  void block(bool blocked) { blocked_ = blocked; }

 private:
  IpAddress outside_;
  Nat mapping_, filtering_;
  uint16_t next_ = 40'000;
  std::map<Endpoint, uint16_t> ports_;
  std::map<uint16_t, std::set<Endpoint>> spoken_;
  bool blocked_ = false, answers_itself_ = false;
  std::set<Endpoint> taken_;
};

inline const Endpoint kRelayPort = place_at("198.51.100.1:42001"), kRelayEnd = place_at("10.102.0.1:5000"),
                      kStun = place_at("198.51.100.2:3478");

inline PathOrder order_by(const Endpoint& dial, std::vector<Endpoint> relays = {},
                          PathPreference preferred = kUsualPaths) {
  PathOrder order;
  order.dial = dial;
  order.relays = std::move(relays);
  order.preferred = std::move(preferred);
  return order;
}

class NatWorld {
 public:
  NatWorld(Nat caller_maps, Nat caller_filters, Nat called_maps, Nat called_filters,
           PathPreference preferred = kUsualPaths)
      : caller_("203.0.113.1", caller_maps, caller_filters),
        called_("203.0.113.2", called_maps, called_filters),
        finder_(
            order_by(kRelayPort, {}, std::move(preferred)),
            [this](const Endpoint& to, const PathMessage& one) { from_caller(to, one); }, now_),
        answerer_({}, [this](const Endpoint& to, const PathMessage&, PathAnswerer::Reach reach) {
          from_called(to, reach);
        }) {
    caller_places_ = {{PathOrigin::kOwn, place_at("192.168.1.2:51820")},
                      {PathOrigin::kSeen, caller_.out(kStun)}};
    called_places_ = {{PathOrigin::kOwn, place_at("192.168.2.2:51820")},
                      {PathOrigin::kSeen, called_.out(kStun)}};
  }

  void run(std::chrono::milliseconds time) {
    const PathTime end = now_ + time;
    while (now_ < end) {
      now_ += std::chrono::milliseconds(10);
      while (!flying_.empty() && flying_.begin()->first <= now_) {
        const auto deliver = std::move(flying_.begin()->second);
        flying_.erase(flying_.begin());
        deliver();
      }
      if (now_ >= finder_.next()) finder_.tick(now_);
      if (now_ >= answerer_.next()) answerer_.tick(now_);
    }
  }

  // Until the path is of this kind; how long that took. None: it never is.
  std::optional<std::chrono::milliseconds> until(PathKind kind, std::chrono::milliseconds at_most) {
    for (std::chrono::milliseconds waited{0}; waited < at_most; waited += std::chrono::milliseconds(10)) {
      if (finder_.kind() == kind) return waited;
      run(std::chrono::milliseconds(10));
    }
    return std::nullopt;
  }

  PathFinder& finder() { return finder_; }
  const PathAnswerer& answerer() const { return answerer_; }
  NatBox& caller() { return caller_; }
  NatBox& called() { return called_; }
  void block_relay(bool blocked) { relay_blocked_ = blocked; }
  PathTime now() const { return now_; }
  void tell_nothing_yet() { called_places_.pop_back(); }
  void tell_all() { called_places_.push_back({PathOrigin::kSeen, called_.out(kStun)}); }

 private:
  void after(std::chrono::milliseconds time, std::function<void()> what) {
    flying_.emplace(now_ + time, std::move(what));
  }

  void from_caller(const Endpoint& to, PathMessage message) {
    if (message.is_call) message.candidates = caller_places_;
    const Endpoint from = caller_.out(to);
    if (to == kRelayPort) {
      if (!relay_blocked_)
        after(std::chrono::milliseconds(40), [=, this] { at_called(kRelayEnd, from, message, true); });
    } else if (called_.lets_in(from, to)) {
      after(std::chrono::milliseconds(20), [=, this] { at_called(from, from, message, false); });
    }
  }

  void at_called(const Endpoint& seen, const Endpoint& caller, const PathMessage& message,
                 bool through_relay) {
    PathMessage answer = answerer_.answer(seen, message, through_relay, now_);
    if (message.is_call) answer.candidates = called_places_;
    answer.digest = digest_of(called_places_);
    if (through_relay) {
      if (!relay_blocked_ && caller_.lets_in(kRelayPort, caller))
        after(std::chrono::milliseconds(40), [=, this] { finder_.hear_answer(kRelayPort, answer, now_); });
      return;
    }
    const Endpoint from = called_.out(caller);
    if (caller_.lets_in(from, caller))
      after(std::chrono::milliseconds(20), [=, this] { finder_.hear_answer(from, answer, now_); });
  }

  void from_called(const Endpoint& to, PathAnswerer::Reach reach) {
    const Endpoint from = called_.out(to);
    if (reach == PathAnswerer::Reach::kFar && caller_.lets_in(from, to))
      after(std::chrono::milliseconds(20), [=, this] { finder_.hear_request(from, now_); });
  }

  PathTime now_{std::chrono::seconds(1'000)};
  NatBox caller_, called_;
  bool relay_blocked_ = false;
  std::vector<PathCandidate> caller_places_, called_places_;
  std::multimap<PathTime, std::function<void()>> flying_;
  PathFinder finder_;
  PathAnswerer answerer_;
};

}   // namespace sluice
