// SPDX-License-Identifier: GPL-2.0-or-later
// One connection: reads a request, routes it, writes the answer, and so on until one side has enough.
#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

#include "api/server.hpp"
#include "api/service.hpp"
#include "api/visitor.hpp"

namespace sluice {

class Session {
 public:
  virtual ~Session() = default;
  virtual void start() = 0;
  virtual void close() = 0;    // at once
  virtual void finish() = 0;   // after the answer that is under way, if one is
};

struct SessionContext {
  Service& service;
  std::chrono::seconds timeout;
  std::shared_ptr<int> large_bodies;      // how many are being read, over all sessions
  std::function<void(Session*)> on_end;   // called once, from a handler
  std::optional<Visitor> visitor = {};    // who asks, where that is not the user at the other end
  std::shared_ptr<int> listeners = {};    // how many answers have no end; none: they are not counted
};

std::shared_ptr<Session> make_session(boost::asio::local::stream_protocol::socket socket,
                                      SessionContext context);

// What a request may weigh, in bytes. A document has at most 32 MiB; as a JSON string it is a little longer.

inline constexpr size_t kHeaderLimit = 8 * 1024;
inline constexpr size_t kBodyLimit = 33 * 1024 * 1024;

// Larger bodies take one of a few places, so that many connections together cannot fill the memory.
inline constexpr size_t kSmallBody = 64 * 1024;
inline constexpr int kLargeBodies = 4;

// So many may listen to what comes, over all that can be listened to: the places that are kept stay free.
inline constexpr int kListeners = static_cast<int>(ServerLimits{}.connections - ServerLimits{}.kept);

}   // namespace sluice
