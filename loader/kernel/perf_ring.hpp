// SPDX-License-Identifier: GPL-2.0-or-later
// Rings of perf_event_open(2) that BPF programs write to (bpf_perf_event_output), one for each CPU. Who makes
// them needs CAP_PERFMON, who reads them nothing but memory that may be locked. Without a reader nothing is
// written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sluice {

struct PerfEvent {
  uint32_t cpu;
  UniqueFd fd;
};

// Of the CPUs that are on. `wake`: how many bytes wait when poll() says so; 1 or more.
Result<std::vector<PerfEvent>> make_perf_events(uint32_t wake);

class PerfRing {
 public:
  // A record, in one piece, for as long as the call lasts.
  using Each = std::function<void(std::span<const std::byte>)>;

  // `bytes`: a power of two, of at least a page.
  static Result<PerfRing> open(UniqueFd fd, size_t bytes);
  PerfRing(PerfRing&& other) noexcept
      : fd_(std::move(other.fd_)),
        at_(std::exchange(other.at_, nullptr)),
        bytes_(other.bytes_),
        whole_(std::move(other.whole_)),
        lost_(other.lost_) {}
  PerfRing& operator=(PerfRing&&) = delete;
  ~PerfRing();

  int fd() const { return fd_.get(); }
  // All that waits, but no more than `most` bytes.
  void read(size_t most, const Each& each);
  bool waits() const;   // something does
  // Records that found no room, as far as is known: the kernel tells when there is room again, since
  // Linux 6.0 at once.
  uint64_t lost() const;

 private:
  PerfRing(UniqueFd fd, void* at, size_t bytes) : fd_(std::move(fd)), at_(at), bytes_(bytes) {}
  std::span<const std::byte> piece(uint64_t from, size_t size);

  UniqueFd fd_;
  void* at_;       // the page that tells, and the ring; null: moved from
  size_t bytes_;   // of the ring
  std::vector<std::byte> whole_;
  uint64_t lost_ = 0;
};

}   // namespace sluice
