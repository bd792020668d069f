// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/sign_follower.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace sluice {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kEveryLook{500};
// A look reads a row for each address. However many there are, it has a fiftieth of the loop's time.
constexpr int kLookPauseFactor = 50;

}   // namespace

uint64_t SignFollower::drains() const { return gateway_.current() ? gateway_.current()->drains : 0; }

void SignFollower::look_again() {
  const auto& current = gateway_.current();
  const std::shared_ptr<const Document> declared = current ? current->declared : nullptr;
  // A drain is taken up by the next look, which has time.
  if (declared == declared_ && (waits_ || drains_ == drains())) return;
  declared_ = declared;
  take_up();
  if (book_.names().empty())
    stop();
  else if (!waits_)
    await(kEveryLook);
}

void SignFollower::take_up() {
  drains_ = drains();
  book_.want(declared_ ? *declared_ : Document{});
  gateway_.note_left(book_.left(), {});
}

void SignFollower::stop() {
  timer_.cancel();
  waits_ = false;
}

void SignFollower::await(Clock::duration pause) {
  waits_ = true;
  timer_.expires_after(pause);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    const auto begun = Clock::now();
    look();
    await(std::max<Clock::duration>(kEveryLook, kLookPauseFactor * (Clock::now() - begun)));
  });
}

void SignFollower::look() {
  if (drains_ != drains()) take_up();
  const auto counts = gateway_.engine().signs(book_.names());
  const std::string trouble = counts ? "" : counts.error().message;
  if (trouble != trouble_ && !trouble.empty())
    spdlog::error("look what becomes of connections to backends: {}", trouble);
  trouble_ = trouble;
  if (!counts) return;
  const auto found = book_.look(*counts, Clock::now());
  if (!found.signs.empty()) pass_on_(found.signs);
  if (!found.changes.empty() && gateway_.note_left(book_.left(), found.changes)) lead_();
}

}   // namespace sluice
