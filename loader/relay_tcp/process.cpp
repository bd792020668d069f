// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay_tcp/process.hpp"

#include <linux/capability.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "kernel/nobody.hpp"
#include "relay_tcp/caller.hpp"
#include "relay_tcp/server.hpp"
#include "relay_tcp/tls_context.hpp"
#include "relay_tcp/wire.hpp"
#include "talk/daemon_link.hpp"
#include "talk/serve_helper.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// What changes together is told together.
constexpr std::chrono::milliseconds kTellOfCarried{50};

// The port may be below 1024, and nothing else needs a right. A client of the relay is two files.
const HelperLimits kLimitsOfRelayTcp{.right = "CAP_NET_BIND_SERVICE", .files = 16384, .memory = "1G"};

class RelayTcpTalk {
 public:
  RelayTcpTalk(asio::io_context& io, int socket, asio::ssl::context for_clients)
      : io_(io),
        daemon_(io, socket, kLongestRelayTcpLine),
        tell_(io),
        context_(client_context()),
        server_(io, std::move(for_clients), [this] { tell_soon(); }) {
    daemon_.hear([this](const std::string& line) { return heed(line); });
  }
  ~RelayTcpTalk() {
    for (const auto& caller : callers_) caller->stop();
  }
  RelayTcpTalk(const RelayTcpTalk&) = delete;
  RelayTcpTalk& operator=(const RelayTcpTalk&) = delete;

 private:
  bool heed(const std::string& line) {
    const auto order = decode_relay_tcp_order(line);
    if (!order) return false;
    server_.follow(order->listen);
    std::erase_if(callers_, [&](const auto& caller) {
      if (std::ranges::find(order->calls, caller->call()) != order->calls.end()) return false;
      caller->stop();
      return true;
    });
    for (const RelayTcpCall& call : order->calls) add(call);
    tell_soon();
    return true;
  }

  void add(const RelayTcpCall& call) {
    if (std::ranges::any_of(callers_, [&](const auto& one) { return one->call() == call; })) return;
    callers_.push_back(std::make_shared<RelayCaller>(io_, context_, call, [this] { tell_soon(); }));
    callers_.back()->start();
  }

  void tell_soon() {
    if (std::exchange(tells_, true)) return;
    tell_.expires_after(kTellOfCarried);
    tell_.async_wait([this](const error_code& error) {
      tells_ = false;
      if (!error) tell();
    });
  }

  void tell() {
    RelayTcpNews news{.troubles = server_.troubles(), .calls = {}};
    for (const auto& caller : callers_) news.calls.push_back(caller->news());
    if (told_ == news) return;
    told_ = news;
    daemon_.say(encode_relay_tcp_news(news));
  }

  asio::io_context& io_;
  DaemonLink daemon_;
  asio::steady_timer tell_;
  bool tells_ = false;
  std::optional<RelayTcpNews> told_;
  asio::ssl::context context_;
  RelayTcpServer server_;
  std::vector<std::shared_ptr<RelayCaller>> callers_;
};

}   // namespace

Result<> run_relay_tcp(int socket) {
  return serve_helper<RelayTcpTalk>({.name = "relay-tcp", .right = CAP_NET_BIND_SERVICE}, socket, [] {
    take_all_files();
    return server_context();
  });
}

Result<Helper> start_relay_tcp_process(const std::string& instance) {
  return start_helper(instance, kRelayTcpVerb, "Relays over TLS, of sluice",
                      properties_of(kLimitsOfRelayTcp));
}

}   // namespace sluice
