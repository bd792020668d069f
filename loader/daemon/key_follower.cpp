// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/key_follower.hpp"

#include <spdlog/spdlog.h>

#include "kernel/wireguard/handshake_ear.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
using std::chrono::microseconds;

// Where no message can be heard, and where the gateway is the one that calls.
constexpr std::chrono::seconds kSlow{1};
// A message is heard before WireGuard has read it. How long that takes is a matter of how busy the machine
// is: each look comes twice as late as the one before.
constexpr microseconds kQuickFirst{200}, kQuickLast{100'000};

}   // namespace

void KeyFollower::look_again() {
  if (!gateway_.rotating()) return stop();
  if (gateway_.rotating_ports() != ports_) open_ears();
  if (!std::exchange(waits_, true)) await_slow_look();
}

void KeyFollower::stop() {
  for (Ear& ear : ears_) ear.close();
  slow_.cancel();
  quick_.cancel();
  ports_.clear();
  waits_ = is_quick_ = false;
}

// One that cannot be opened makes it slower, and nothing else.
void KeyFollower::open_ears() {
  ports_ = gateway_.rotating_ports();
  for (size_t i = 0; i < ears_.size(); ++i) {
    ears_[i].close();
    auto opened = open_handshake_ear(i == 0 ? IpFamily::kIpv4 : IpFamily::kIpv6, ports_);
    if (!opened) continue;
    ears_[i].assign(opened->release());
    await_message(ears_[i]);
  }
}

void KeyFollower::await_message(Ear& ear) {
  ear.async_wait(Ear::wait_read, [this, &ear](const boost::system::error_code& error) {
    if (error) return;
    drain_handshake_ear(ear.native_handle());
    begin_quick_looks();
    await_message(ear);
  });
}

void KeyFollower::await_slow_look() {
  slow_.expires_after(kSlow);
  slow_.async_wait([this](const boost::system::error_code& error) {
    if (error || !waits_) return;
    look();
    await_slow_look();
  });
}

void KeyFollower::begin_quick_looks() {
  if (!std::exchange(is_quick_, true)) look_quickly(kQuickFirst);
}

void KeyFollower::look_quickly(microseconds after) {
  quick_.expires_after(after);
  quick_.async_wait([this, after](const boost::system::error_code& error) {
    if (error) return;
    if (look() || after >= kQuickLast)
      is_quick_ = false;
    else
      look_quickly(2 * after);
  });
}

// A failure is told once: the next look at the machine makes of it what it can.
bool KeyFollower::look() {
  const auto any = gateway_.take_up_keys();
  const std::string failing = any ? "" : any.error().message;
  if (!failing.empty() && failing != failing_) spdlog::error("look for new keys: {}", failing);
  failing_ = failing;
  if (!any.value_or(false)) return false;
  taken_up_();
  return true;
}

}   // namespace sluice
