// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/event_follower.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <ctime>

#include "daemon/log.hpp"
#include "model/endpoints.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

// At once: where each may be an entry of the journal, and where it is handed to those who tell collectors
// alone.
constexpr size_t kBatch = 512, kLargeBatch = 2048;
constexpr std::chrono::seconds kLostEvery{1};
// Of the loop's time, however many there are: a fifth; half of it where none is an entry, because 100,000 a
// second are to be told. What finds no room in the ring meanwhile is counted.
constexpr int kPauseFactor = 4, kShortPauseFactor = 1;

Clock::duration processor_time() {
  timespec spent{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return std::chrono::seconds(spent.tv_sec) + std::chrono::nanoseconds(spent.tv_nsec);
}

}   // namespace

void EventFollower::look_again() {
  collectors_.look_again();
  if (is_over()) follow(gateway_.events());
  if (ring_) await_second();
}

// Another ring is there, and nothing is left in this one.
bool EventFollower::is_over() const { return gateway_.events() != ring_ && (!ring_ || !ring_->has_more()); }

void EventFollower::follow(std::shared_ptr<EventRing> ring) {
  leave_ring();
  ring_ = std::move(ring);
  if (!ring_) return;
  ready_.assign(::dup(ring_->fd()));
  await();
}

void EventFollower::stop() {
  leave_ring();
  collectors_.stop();
}

void EventFollower::leave_ring() {
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
  const auto processor_before = processor_time();
  auto events = ring_->take(is_heard_of_mappings() ? kBatch : kLargeBatch);
  if (!events) return spdlog::error("{}; mappings are not logged", events.error().message);
  std::vector<EventEntry> entries;
  for (NatEvent& event : *events) {
    collectors_.note(event);
    if (!is_told(event)) continue;
    name_endpoint(event);
    entries.push_back(entry_of(event));
    gateway_.shortages().note(event);
  }
  collectors_.send();
  tell(entries);
  await_second();
  if (is_over()) return follow(gateway_.events());
  // The journal may keep the loop waiting. Without entries only a busy machine does, and events do not wait.
  pause_.expires_after(entries.empty() ? kShortPauseFactor * (processor_time() - processor_before)
                                       : kPauseFactor * (Clock::now() - begun));
  pause_.async_wait([this](const boost::system::error_code& error) {
    if (!error) await();
  });
}

// An entry is a dozen texts, and may have to wait for journald. Collectors are handed 64 bytes.
bool EventFollower::is_heard_of_mappings() { return collectors_.wants_journal() || flows_.is_heard(); }

bool EventFollower::is_told(const NatEvent& event) {
  const bool is_mapping = event.kind == EventKind::kMappingMade || event.kind == EventKind::kMappingEnded;
  return !is_mapping || is_heard_of_mappings();
}

// The packet path knows addresses alone.
void EventFollower::name_endpoint(NatEvent& event) const {
  if (!gateway_.current()) return;
  const auto one = endpoint_at(gateway_.current()->document, event.vrf, event.inside);
  if (one) event.endpoint = full_name(*one);
}

void EventFollower::tell(const std::vector<EventEntry>& entries) {
  log_entries(entries);
  flows_.note(entries);
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
  if (!ring_) return;
  const auto lost = ring_->lost();
  if (lost && *lost < told_lost_) told_lost_ = 0;   // the tables were made anew
  if (!lost || *lost == told_lost_) return;
  tell({entry_of_lost(*lost - told_lost_, std::chrono::system_clock::now())});
  collectors_.note_lost(*lost - told_lost_);
  told_lost_ = *lost;
}

}   // namespace sluice
