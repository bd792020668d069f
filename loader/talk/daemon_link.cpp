// SPDX-License-Identifier: GPL-2.0-or-later
#include "talk/daemon_link.hpp"

#include <boost/asio/write.hpp>
#include <utility>

#include "talk/line.hpp"
#include "talk/read_line.hpp"

namespace sluice {

namespace asio = boost::asio;
using boost::system::error_code;

DaemonLink::DaemonLink(asio::io_context& io, int socket, size_t longest)
    : io_(io), socket_(io, asio::local::stream_protocol(), socket), input_(longest) {}

void DaemonLink::hear(Heed heed, std::function<void()> ended) {
  heed_ = std::move(heed);
  ended_ = ended ? std::move(ended) : [this] { io_.stop(); };
  await_line();
}

void DaemonLink::await_line() {
  async_read_line(socket_, input_, [this](const error_code& error, size_t size) {
    if (error) return ended_();
    if (!heed_(take_line(input_, size))) return io_.stop();
    await_line();
  });
}

void DaemonLink::say(std::string_view line) {
  waiting_ += line;
  if (!writes_) write();
}

void DaemonLink::write() {
  writes_ = true;
  writing_ = std::exchange(waiting_, {});
  asio::async_write(socket_, asio::buffer(writing_), [this](const error_code& error, size_t) {
    writes_ = false;
    writing_.clear();
    if (error) return waiting_.clear();
    if (!waiting_.empty()) write();
    if (said_) said_();
  });
}

}   // namespace sluice
