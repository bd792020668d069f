// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/process.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <utility>
#include <vector>

#include "health/checker.hpp"
#include "health/wire.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr size_t kMostChecks = 8192, kOtherFiles = 64;

// Sockets of echoes are raw, and nothing else needs a right.
const std::vector<std::string> kLimitsOfHealth = {"CapabilityBoundingSet=CAP_NET_RAW",
                                                  "RestrictAddressFamilies=AF_INET AF_INET6",
                                                  "PrivateDevices=yes",
                                                  "ProtectControlGroups=yes",
                                                  "SystemCallFilter=@system-service",
                                                  "SystemCallFilter=~@privileged @resources",
                                                  "LimitNOFILE=16384",
                                                  "MemoryMax=512M",
                                                  "OOMPolicy=stop"};

// As many as there may be, where this process may say so.
size_t checks_at_once() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kOtherFiles;
  rlimit more{limit.rlim_max, limit.rlim_max};
  if (limit.rlim_cur < limit.rlim_max && ::setrlimit(RLIMIT_NOFILE, &more) == 0) limit = more;
  return std::clamp<size_t>(limit.rlim_cur, 2 * kOtherFiles, kMostChecks + kOtherFiles) - kOtherFiles;
}

class Conversation {
 public:
  Conversation(asio::io_context& io, int socket)
      : io_(io),
        socket_(io, asio::local::stream_protocol(), socket),
        input_(kLongestLine),
        checker_(io, checks_at_once(), [this](HealthNews news) { tell(std::move(news)); }) {}

  void await_line() {
    asio::async_read_until(socket_, input_, '\n', [this](const error_code& error, size_t size) {
      if (error) return io_.stop();   // the daemon has ended
      const std::string line(asio::buffers_begin(input_.data()),
                             asio::buffers_begin(input_.data()) + static_cast<ptrdiff_t>(size));
      input_.consume(size);
      auto order = decode_order(line);
      if (!order) return io_.stop();
      follow(std::move(*order));
      await_line();
    });
  }

 private:
  void follow(HealthOrder order) {
    if (const auto* signs = std::get_if<HealthSigns>(&order)) return checker_.heed(*signs);
    ++lists_;
    checker_.want(std::move(std::get<std::vector<HealthTarget>>(order)));
  }

  void tell(HealthNews news) {
    news.of_list = lists_;
    waiting_ += encode_news(news);
    if (!writes_) write();
  }

  void write() {
    writes_ = true;
    writing_ = std::exchange(waiting_, {});
    asio::async_write(socket_, asio::buffer(writing_), [this](const error_code& error, size_t) {
      writes_ = false;
      if (error) return io_.stop();
      if (!waiting_.empty()) write();
    });
  }

  asio::io_context& io_;
  asio::local::stream_protocol::socket socket_;
  asio::streambuf input_;
  std::string waiting_, writing_;
  bool writes_ = false;
  uint64_t lists_ = 0;   // of targets, that were read
  Checker checker_;
};

}   // namespace

Result<> run_health_checks(int socket) try {
  std::signal(SIGPIPE, SIG_IGN);
  asio::io_context io{1};
  Conversation conversation(io, socket);
  conversation.await_line();
  io.run();
  return {};
} catch (const std::exception& error) {
  return fail(std::string("health checks: ") + error.what());
}

Result<Helper> start_health_process(const std::string& instance) {
  return start_helper(instance, kHealthVerb, "Health checks of sluice", kLimitsOfHealth);
}

}   // namespace sluice
