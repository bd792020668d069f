// SPDX-License-Identifier: GPL-2.0-or-later
// The other end of a request for a capture, to whom this process speaks in the daemon's place: an answer of
// HTTP, in chunks (RFC 9112 section 7.1). Or the daemon itself, which is told lines and nothing else.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sluice {

// An answer that says why there is none.
std::string refusal(const Error& error);

class CaptureClient {
 public:
  explicit CaptureClient(UniqueFd fd) : fd_(std::move(fd)) {}
  // From now on nothing is said but what is sent.
  void be_plain() { is_plain_ = true; }

  int fd() const { return fd_.get(); }
  // One of these is first; the kind of media that comes. False, of all: it is gone, or does not read for too
  // long.
  bool begin(std::string_view media);
  void refuse(const Error& error);
  bool send(std::string_view bytes);
  // Nothing more comes.
  void end();
  uint64_t sent() const { return sent_; }

 private:
  bool write(std::string_view bytes);

  UniqueFd fd_;
  uint64_t sent_ = 0;
  bool is_plain_ = false;
};

}   // namespace sluice
