// SPDX-License-Identifier: GPL-2.0-or-later
// The process that asks a router by UPnP: one at a time, with no right, little to use up, and an end.
#pragma once

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "reach/upnp.hpp"

namespace sluice {

inline constexpr const char* kUpnpVerb = "upnp";   // what the command line of sluiced says
// What that does: a question from standard input, its answer to standard output.
Result<> run_upnp_child();

class UpnpChild {
 public:
  using Done = std::function<void(const UpnpAnswer&)>;

  explicit UpnpChild(boost::asio::io_context& io) : io_(io), time_(io) {}
  ~UpnpChild() { end(); }
  UpnpChild(const UpnpChild&) = delete;
  UpnpChild& operator=(const UpnpChild&) = delete;

  // When those before it are done. `done` is called once, later.
  void ask(const UpnpAsk& ask, Done done);
  // What waits is not asked, and nobody is told.
  void forget();

 private:
  // What has come already is still told after the end of this.
  std::weak_ptr<bool> weak_life() const { return life_; }
  void next();
  Result<> start(const UpnpAsk& ask);
  void await_answer();
  void finish(const UpnpAnswer& answer);
  void end();

  boost::asio::io_context& io_;
  boost::asio::steady_timer time_;
  std::deque<std::pair<UpnpAsk, Done>> waiting_;   // the first of them is asked
  std::optional<boost::asio::posix::stream_descriptor> output_;
  boost::asio::streambuf input_{4096};
  pid_t child_ = -1;
  uint64_t started_ = 0;   // times
  std::shared_ptr<bool> life_ = std::make_shared<bool>();
};

}   // namespace sluice
