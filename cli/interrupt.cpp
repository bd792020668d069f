// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/interrupt.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace sluice::cli {
namespace {

// What a signal handler may touch. The descriptor makes a signal that comes just before poll(2) wake it.
std::atomic<bool> asked_for_end;
std::atomic<int> wake_fd{-1};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

void on_signal(int) {
  const int before = errno;
  asked_for_end = true;
  const uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_fd, &one, sizeof(one));
  errno = before;
}

}   // namespace

Interrupt::Interrupt(Second second) : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), second_(second) {
  asked_for_end = false;
  wake_fd = wake_.get();
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = second == Second::kEnds ? static_cast<int>(SA_RESETHAND) : 0;
  ::sigaction(SIGINT, &action, &before_int_);
  ::sigaction(SIGTERM, &action, &before_term_);
}

Interrupt::~Interrupt() {
  if (second_ == Second::kEnds) {
    ::sigaction(SIGINT, &before_int_, nullptr);
    ::sigaction(SIGTERM, &before_term_, nullptr);
  }
  wake_fd = -1;
}

bool Interrupt::asked() const { return asked_for_end; }

void Interrupt::wait(std::chrono::milliseconds time, int out_fd) const {
  pollfd watched[] = {{wake_.get(), POLLIN, 0}, {out_fd, 0, 0}};   // POLLERR and POLLHUP come unasked
  ::poll(watched, 2, static_cast<int>(time.count()));
}

bool Interrupt::wait_for_key(std::chrono::milliseconds time, int in_fd, int also) const {
  pollfd watched[] = {{wake_.get(), POLLIN, 0}, {in_fd, POLLIN, 0}, {also, POLLIN, 0}};
  if (::poll(watched, std::size(watched), static_cast<int>(time.count())) <= 0) return true;
  return (watched[1].revents & (POLLHUP | POLLERR | POLLNVAL)) == 0;
}

}   // namespace sluice::cli
