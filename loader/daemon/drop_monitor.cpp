// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/drop_monitor.hpp"

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/read_until.hpp>
#include <cerrno>
#include <chrono>
#include <utility>

#include "talk/line.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using nlohmann::json;

constexpr size_t kLongestDropLine = size_t{64} << 10;
constexpr uint32_t kHeaders = 192;   // bytes: a link header, two of IP, and ports

}   // namespace

DropMonitor::DropMonitor(asio::io_context& io, Gateway& gateway, CaptureFollower& captures)
    : gateway_(gateway),
      captures_(captures),
      listeners_(io, "drops"),
      socket_(io),
      input_(kLongestDropLine),
      second_(io) {}

Result<std::shared_ptr<Feed>> DropMonitor::listen() {
  auto feed = TRY(listeners_.add());
  if (!socket_.is_open()) TRY(begin());
  return std::shared_ptr<Feed>(std::move(feed));
}

Result<> DropMonitor::begin() {
  CaptureRequest wanted;
  wanted.drops = wanted.report = true;
  wanted.snaplen = kHeaders;
  const HandOver hand_over = TRY(captures_.capture(wanted));
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return fail_errno("a way to hear of drops", errno);
  socket_.assign(asio::local::stream_protocol(), ends[0]);
  revision_ = gateway_.revision();
  hand_over(UniqueFd(ends[1]));
  hear();
  await_second();
  return {};
}

void DropMonitor::end() {
  error_code ignored;
  socket_.close(ignored);
  input_.consume(input_.size());
}

void DropMonitor::stop() {
  second_.cancel();
  end();
}

void DropMonitor::look_again() {
  if (socket_.is_open() && gateway_.revision() != revision_) end();   // it begins anew within a second
}

void DropMonitor::hear() {
  asio::async_read_until(socket_, input_, '\n', [this](const error_code& error, size_t size) {
    if (error == asio::error::operation_aborted) return;
    if (error) return end();
    const json row = json::parse(take_line(input_, size), nullptr, false);
    if (row.is_object()) listeners_.tell(row);
    hear();
  });
}

// The process ends when nobody listens any more, and is there again when it ended by itself.
void DropMonitor::await_second() {
  second_.expires_after(std::chrono::seconds(1));
  second_.async_wait([this](const error_code& error) {
    if (error) return;
    if (!listeners_.any()) return end();
    if (socket_.is_open()) return await_second();
    const auto begun = begin();
    if (begun) return;
    spdlog::error("tell drops: {}", begun.error().message);
    await_second();
  });
}

}   // namespace sluice
