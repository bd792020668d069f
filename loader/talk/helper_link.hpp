// SPDX-License-Identifier: GPL-2.0-or-later
// The daemon's end of what it and a helper process (kernel/helper.hpp) say to each other: a line each. A
// process that ends is begun again.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "kernel/helper.hpp"

namespace sluice {

class HelperLink {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;

  // What the user of a link does.
  struct Ends {
    std::function<Result<Helper>()> start;
    std::function<std::string()> next;                       // what the process is told next; empty: nothing
    std::function<Result<>(const std::string& line)> heed;   // failure: it makes no sense
    std::function<void()> forget;                            // there is no process: it knows nothing
    std::function<void(const std::string& why)> lost;        // there is none, and a new one is tried soon
    std::function<void()> again;                             // that time has come
    std::string ended = "their process has ended";           // why it is lost then
    std::chrono::milliseconds time_to_leave{0};   // what it has to end by itself, before it is killed
  };

  // A line of the process that is longer than `longest` bytes makes no sense.
  HelperLink(boost::asio::io_context& io, size_t longest, Ends ends);
  ~HelperLink();
  HelperLink(const HelperLink&) = delete;
  HelperLink& operator=(const HelperLink&) = delete;

  bool runs() const { return process_ != nullptr; }
  void run();         // where there is none, one is begun; then it is told what there is to tell
  void tell();        // the same of one that runs
  void end();         // and none is begun again
  Socket& socket();   // of one that runs

 private:
  struct Process;

  void start();
  void await_line();
  void hear(const std::string& line);
  void end_process();
  void give_up(const std::string& why);

  boost::asio::io_context& io_;
  const size_t longest_;
  Ends ends_;
  std::shared_ptr<Process> process_;   // what is left of earlier ones ends by itself
  boost::asio::steady_timer retry_;
  std::chrono::milliseconds pause_;
};

}   // namespace sluice
