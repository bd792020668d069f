// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach/process.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "reach/reach.hpp"
#include "reach/wire.hpp"
#include "talk/daemon_link.hpp"
#include "talk/serve_helper.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kTellAtMost{200};   // several changes are one line
constexpr milliseconds kLookWhetherDone{100};
constexpr seconds kLongestEnd{4};

std::vector<std::string> limits_of_reach() {
  auto limits = properties_of({.right = "CAP_NET_RAW", .files = 1024, .memory = "256M"});
  limits.emplace_back("SystemCallFilter=capset");
  limits.emplace_back("OOMPolicy=continue");
  return limits;
}

class ReachTalk {
 public:
  ReachTalk(asio::io_context& io, int socket, Reach::Sockets sockets)
      : io_(io),
        daemon_(io, socket, kLongestReachLine),
        tell_(io),
        end_(io),
        reach_(io, std::move(sockets), [this] { tell_soon(); }) {
    daemon_.hear([this](const std::string& line) { return heed(line); },
                 [this] { end_soon(std::chrono::steady_clock::now() + kLongestEnd); });
  }

 private:
  bool heed(const std::string& line) {
    const auto order = decode_reach_order(line);
    if (order) reach_.follow(*order);
    return order.has_value();
  }

  void tell_soon() {
    if (std::exchange(tells_, true)) return;
    tell_.expires_after(kTellAtMost);
    tell_.async_wait([this](const error_code& error) {
      tells_ = false;
      if (!error) tell();
    });
  }

  void tell() {
    if (daemon_.is_saying()) return tell_soon();   // what is new by then is one line
    ReachNews news = reach_.news();
    if (told_ == news) return;
    told_ = std::move(news);
    daemon_.say(encode_reach_news(*told_));
  }

  // The daemon has ended, or wants nothing more.
  void end_soon(std::chrono::steady_clock::time_point latest) {
    if (reach_.has_given_back_all() || std::chrono::steady_clock::now() >= latest) return io_.stop();
    end_.expires_after(kLookWhetherDone);
    end_.async_wait([this, latest](const error_code& error) {
      if (!error) end_soon(latest);
    });
  }

  asio::io_context& io_;
  DaemonLink daemon_;
  asio::steady_timer tell_, end_;
  bool tells_ = false;
  std::optional<ReachNews> told_;
  Reach reach_;
};

}   // namespace

// Its rights are for raw sockets alone.
Result<> run_reach(int socket) {
  return serve_helper<ReachTalk>({.name = "reach", .gives_up_rest = true}, socket,
                                 [] { return Result<Reach::Sockets>(Reach::Sockets::open()); });
}

Result<Helper> start_reach_process(const std::string& instance) {
  return start_helper(instance, kReachVerb, "Asks routers for ports, for sluice", limits_of_reach());
}

}   // namespace sluice
