// SPDX-License-Identifier: GPL-2.0-or-later
// What the tc program puts back where it came in: fragments that waited for their first piece, and the pieces
// of packets that were too big. No program is attached in these tests, so a socket hears them.
#pragma once

#include "lab.hpp"

namespace sluice::test {

class PutBack {
 public:
  PutBack(const Lab& lab, At device);
  // So many frames, in their order; fewer when they do not come within a second.
  std::vector<Bytes> take(size_t count);

 private:
  UniqueFd socket_;
  Mac mac_;
};

// Nothing waits any more.
void forget_queued(Lab& lab);
// As if every waiting fragment had come so many seconds earlier.
void age_queued(Lab& lab, uint32_t seconds);
size_t queued_count(Lab& lab);

}   // namespace sluice::test
