// SPDX-License-Identifier: GPL-2.0-or-later
#include "resolver/process.hpp"

#include <linux/capability.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "kernel/nobody.hpp"
#include "resolver/listener.hpp"
#include "resolver/wire.hpp"
#include "talk/daemon_link.hpp"
#include "talk/serve_helper.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::chrono::seconds kTell{1};

// The port is below 1024, and nothing else needs a right.
const HelperLimits kLimitsOfResolver{.right = "CAP_NET_BIND_SERVICE", .files = 16384, .memory = "512M"};

class ResolverTalk {
 public:
  ResolverTalk(asio::io_context& io, int socket)
      : daemon_(io, socket, kLongestResolverLine),
        tell_(io),
        resolver_(io, [this](const NumberedLookUp& look_up) { daemon_.say(encode_look_up(look_up)); }),
        listeners_(io, resolver_) {
    daemon_.hear([this](const std::string& line) { return heed(line); });
  }

 private:
  bool heed(const std::string& line) {
    const auto command = decode_resolver_command(line);
    if (!command) return false;
    if (const auto* done = std::get_if<LookUpDone>(&*command))
      resolver_.done(*done);
    else
      follow(std::get<ResolverOrder>(*command));
    return true;
  }

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
    daemon_.say(encode_resolver_news(news));
  }

  DaemonLink daemon_;
  asio::steady_timer tell_;
  std::optional<ResolverNews> told_;
  Resolver resolver_;
  Listeners listeners_;
};

}   // namespace

Result<> run_resolver(int socket) {
  return serve_helper<ResolverTalk>({.name = "resolver", .right = CAP_NET_BIND_SERVICE}, socket, [] {
    take_all_files();
    return Result<>();
  });
}

Result<Helper> start_resolver_process(const std::string& instance) {
  return start_helper(instance, kResolverVerb, "Resolver of sluice", properties_of(kLimitsOfResolver));
}

}   // namespace sluice
