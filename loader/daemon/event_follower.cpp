// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/event_follower.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include "daemon/log.hpp"
#include "model/endpoints.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

constexpr size_t kBatch = 512;
constexpr std::chrono::seconds kLostEvery{1};
// Of the loop's time, however many there are: a fifth. What finds no room in the ring meanwhile is counted.
constexpr int kPauseFactor = 4;

}   // namespace

void EventFollower::look_again() {
  const auto now = gateway_.events();
  if (now != ring_) {
    stop();
    ring_ = now;
    told_lost_ = 0;
    if (ring_) {
      ready_.assign(::dup(ring_->fd()));
      await();
    }
  }
  if (ring_) await_second();
}

void EventFollower::stop() {
  boost::system::error_code ignored;
  ready_.close(ignored);
  pause_.cancel();
  ring_ = nullptr;
}

void EventFollower::await() {
  ready_.async_wait(asio::posix::stream_descriptor::wait_read,
                    [this](const boost::system::error_code& error) {
                      if (!error) take();
                    });
}

void EventFollower::take() {
  const auto begun = Clock::now();
  auto events = ring_->take(kBatch);
  if (!events) return spdlog::error("{}; mappings are not logged", events.error().message);
  std::vector<EventEntry> entries;
  entries.reserve(events->size());
  for (NatEvent& event : *events) {
    name_endpoint(event);
    entries.push_back(entry_of(event));
    gateway_.shortages().note(event);
  }
  log_entries(entries);
  await_second();
  pause_.expires_after(kPauseFactor * (Clock::now() - begun));
  pause_.async_wait([this](const boost::system::error_code& error) {
    if (!error) await();
  });
}

// The packet path knows addresses alone.
void EventFollower::name_endpoint(NatEvent& event) const {
  if (!gateway_.current()) return;
  const auto one = endpoint_at(gateway_.current()->document, event.vrf, event.inside);
  if (one) event.endpoint = full_name(*one);
}

void EventFollower::await_second() {
  if (std::exchange(waits_second_, true)) return;
  second_.expires_after(kLostEvery);
  second_.async_wait([this](const boost::system::error_code& error) {
    waits_second_ = false;
    if (!error) tell_lost();
  });
}

void EventFollower::tell_lost() {
  const auto lost = ring_ ? ring_->lost() : Result<uint64_t>{0};
  if (!lost || *lost == told_lost_) return;
  log_entries({entry_of_lost(*lost - told_lost_, std::chrono::system_clock::now())});
  told_lost_ = *lost;
}

}   // namespace sluice
