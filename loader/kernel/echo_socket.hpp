// SPDX-License-Identifier: GPL-2.0-or-later
// Echo requests of any size that nobody may fragment, to one address (RFC 792, 4443), and what routers say
// about them (RFC 1191, 8201). Needs CAP_NET_RAW.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "model/address.hpp"

namespace sluice {

struct EchoOutcome {
  bool answered = false;
  std::optional<uint32_t> fits;   // what a router, or the own link, says that does; bytes of a packet
};

class EchoSocket {
 public:
  // Failure also: there is no route.
  static Result<EchoSocket> open(const IpAddress& to);

  // What the kernel believes to fit: of the link, or what a router said before.
  uint32_t mtu() const;
  // Of a packet of so many bytes with its IP header. Waits for two seconds at most.
  Result<EchoOutcome> ask(uint32_t bytes);

 private:
  EchoSocket(UniqueFd fd, bool is_ipv4) : fd_(std::move(fd)), is_ipv4_(is_ipv4) {}
  Result<EchoOutcome> ask_once(uint32_t bytes);
  bool is_answer();                      // what was heard
  std::optional<uint32_t> told_size();   // of what waits among the errors

  UniqueFd fd_;
  bool is_ipv4_;
  uint16_t sequence_ = 0;
  std::vector<char> buffer_;
};

}   // namespace sluice
