// SPDX-License-Identifier: GPL-2.0-or-later
// HTTP and JSON on a Unix socket (docs/api.md). Everything runs on the caller's io_context, in one thread:
// a Service call is never interrupted by another.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>

#include "api/service.hpp"
#include "base/result.hpp"

namespace sluice {

struct ServerLimits {
  size_t connections = 64;
  size_t kept = 16;                   // of these, for root and who runs sluiced: however many others come
  std::chrono::seconds timeout{30};   // for one request to arrive, for one answer to leave, and for idleness
};

class Server {
 public:
  // Makes the directory (0755) where it is missing, takes the place of a dead daemon's socket, refuses
  // when a living one answers there. The socket's mode is 0660, its group `sluice` where that exists.
  // `io` and `service` outlive the server.
  static Result<std::unique_ptr<Server>> start(boost::asio::io_context& io, std::filesystem::path socket,
                                               Service& service, ServerLimits limits = {});
  ~Server();   // as stop()

  // Closes every connection at once and removes the socket file.
  void stop();
  // Takes no more requests, lets answers that are under way out, then stops and calls `done`. A client
  // that does not read its answer delays this by the connection's timeout at most.
  void finish(std::function<void()> done);

 private:
  class Impl;
  explicit Server(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}   // namespace sluice
