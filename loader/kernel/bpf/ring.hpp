// SPDX-License-Identifier: GPL-2.0-or-later
// The reading end of a BPF ring buffer. How far it was read stands in the buffer itself, so that another
// process goes on where this one ended.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

struct ring_buffer;

namespace sluice {

class RingReader {
 public:
  using Each = std::function<void(std::span<const std::byte>)>;

  static Result<RingReader> open(const UniqueFd& map);

  int fd() const;   // readable: there is something to take
  bool has_more() const;
  // At most this many samples, oldest first. Answers how many there were; fewer than `most`: it is empty.
  Result<size_t> take(size_t most, const Each& each);

 private:
  // Where libbpf finds the call that takes at the moment.
  struct Turn {
    const Each* each = nullptr;
    size_t left = 0;
  };
  struct Free {
    void operator()(ring_buffer* ring) const;
  };
  RingReader() = default;
  static int hand_on(void* turn, void* sample, size_t size);

  std::unique_ptr<Turn> turn_ = std::make_unique<Turn>();
  std::unique_ptr<ring_buffer, Free> ring_;
};

}   // namespace sluice
