// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/ring.hpp"

#include <bpf/libbpf.h>
#include <poll.h>

#include <cerrno>

namespace sluice {

void RingReader::Free::operator()(ring_buffer* ring) const { ring_buffer__free(ring); }

Result<RingReader> RingReader::open(const UniqueFd& map) {
  RingReader reader;
  reader.ring_.reset(ring_buffer__new(map.get(), hand_on, reader.turn_.get(), nullptr));
  if (!reader.ring_) return fail_errno("read the ring buffer of events", errno);
  return reader;
}

int RingReader::fd() const { return ring_buffer__epoll_fd(ring_.get()); }

bool RingReader::has_more() const {
  pollfd waiting{.fd = fd(), .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, 0) > 0;
}

// libbpf reads on as long as something is written; only an error of this function stops it, after the sample.
int RingReader::hand_on(void* turn, void* sample, size_t size) {
  auto& [each, left] = *static_cast<Turn*>(turn);
  (*each)({static_cast<const std::byte*>(sample), size});
  return --left == 0 ? -ECANCELED : 0;
}

Result<size_t> RingReader::take(size_t most, const Each& each) {
  *turn_ = {&each, most};
  const int rc = ring_buffer__consume(ring_.get());
  if (rc < 0 && rc != -ECANCELED) return fail_errno("read the ring buffer of events", -rc);
  return most - turn_->left;
}

}   // namespace sluice
