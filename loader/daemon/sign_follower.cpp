// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/sign_follower.hpp"

#include <spdlog/spdlog.h>

#include <chrono>

namespace sluice {
namespace {

// A look reads a row for each address: of 10,000 it takes milliseconds.
constexpr std::chrono::milliseconds kEveryLook{500};

}   // namespace

void SignFollower::look_again() {
  const auto& current = gateway_.current();
  const auto declared = current ? current->declared : nullptr;
  if (declared == declared_) return;
  declared_ = declared;
  book_.want(declared ? *declared : Document{});
  gateway_.note_left(book_.left(), {});
  if (book_.names().empty())
    stop();
  else if (!waits_)
    await();
}

void SignFollower::stop() {
  timer_.cancel();
  waits_ = false;
}

void SignFollower::await() {
  waits_ = true;
  timer_.expires_after(kEveryLook);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    look();
    await();
  });
}

void SignFollower::look() {
  const auto counts = gateway_.engine().signs(book_.names());
  const std::string trouble = counts ? "" : counts.error().message;
  if (trouble != trouble_ && !trouble.empty())
    spdlog::error("look what becomes of connections to backends: {}", trouble);
  trouble_ = trouble;
  if (!counts) return;
  const auto found = book_.look(*counts, std::chrono::steady_clock::now());
  if (!found.signs.empty()) pass_on_(found.signs);
  if (!found.changes.empty() && gateway_.note_left(book_.left(), found.changes)) lead_();
}

}   // namespace sluice
