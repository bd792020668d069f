// SPDX-License-Identifier: GPL-2.0-or-later
#include "resolver/process.hpp"

#include <sys/resource.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <optional>
#include <utility>
#include <vector>

#include "resolver/listener.hpp"
#include "resolver/rights.hpp"
#include "resolver/wire.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::chrono::seconds kTell{1};

// The port is below 1024, and nothing else needs a right.
const std::vector<std::string> kLimitsOfResolver = {"CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
                                                    "RestrictAddressFamilies=AF_INET AF_INET6",
                                                    "PrivateDevices=yes",
                                                    "ProtectControlGroups=yes",
                                                    "SystemCallFilter=@system-service",
                                                    "SystemCallFilter=~@privileged @resources",
                                                    "LimitNOFILE=16384",
                                                    "MemoryMax=512M",
                                                    "OOMPolicy=stop"};

void take_all_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

class ResolverTalk {
 public:
  ResolverTalk(asio::io_context& io, int socket)
      : io_(io),
        socket_(io, asio::local::stream_protocol(), socket),
        input_(kLongestResolverLine),
        tell_(io),
        resolver_(io, [this](const NumberedLookUp& look_up) { say(encode_look_up(look_up)); }),
        listeners_(io, resolver_) {}

  void await_order() {
    asio::async_read_until(socket_, input_, '\n', [this](const error_code& error, size_t size) {
      if (error) return io_.stop();   // the daemon has ended
      const std::string line(asio::buffers_begin(input_.data()),
                             asio::buffers_begin(input_.data()) + static_cast<ptrdiff_t>(size));
      input_.consume(size);
      const auto command = decode_resolver_command(line);
      if (!command) return io_.stop();
      if (const auto* done = std::get_if<LookUpDone>(&*command))
        resolver_.done(*done);
      else
        follow(std::get<ResolverOrder>(*command));
      await_order();
    });
  }

 private:
  void follow(const ResolverOrder& order) {
    resolver_.follow(order);
    listeners_.want(order);
    tell();
  }

  void await_tell() {
    tell_.expires_after(kTell);
    tell_.async_wait([this](const error_code& error) {
      if (!error) tell();
    });
  }

  void tell() {
    ResolverNews news = resolver_.news();
    news.troubles = listeners_.troubles();
    await_tell();
    if (told_ == news) return;
    told_ = news;
    say(encode_resolver_news(news));
  }

  void say(const std::string& line) {
    waiting_ += line;
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
  asio::steady_timer tell_;
  std::string waiting_, writing_;
  bool writes_ = false;
  std::optional<ResolverNews> told_;
  Resolver resolver_;
  Listeners listeners_;
};

}   // namespace

Result<> run_resolver(int socket) try {
  std::signal(SIGPIPE, SIG_IGN);
  take_all_files();
  TRY(give_up_rights());
  asio::io_context io{1};
  ResolverTalk talk(io, socket);
  talk.await_order();
  io.run();
  return {};
} catch (const std::exception& error) {
  return fail(std::string("resolver: ") + error.what());
}

Result<Helper> start_resolver_process(const std::string& instance) {
  return start_helper(instance, kResolverVerb, "Resolver of sluice", kLimitsOfResolver);
}

}   // namespace sluice
