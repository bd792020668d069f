// SPDX-License-Identifier: GPL-2.0-or-later
// One connection: reads a request, routes it, writes the answer, and so on until one side has enough.
#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "api/service.hpp"

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
};

std::shared_ptr<Session> make_session(boost::asio::local::stream_protocol::socket socket,
                                      SessionContext context);

}   // namespace sluice
