// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/process.hpp"

#include <linux/capability.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <utility>
#include <vector>

#include "kernel/descriptors.hpp"
#include "talk/daemon_link.hpp"
#include "talk/serve_helper.hpp"
#include "talk/tcp_listener.hpp"
#include "web/door.hpp"
#include "web/visit.hpp"
#include "web/wire.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// At once. Who comes then takes the place of the one who has shown no token for the longest time.
constexpr int kMostVisits = 64;
constexpr ptrdiff_t kMostAskers = 16;   // of the API

const HelperLimits kLimitsOfWeb{.right = "CAP_NET_BIND_SERVICE", .files = 256, .memory = "128M"};

class WebTalk {
 public:
  WebTalk(asio::io_context& io, int socket, UniqueFd door)
      : daemon_(io, socket, kLongestWebOrder),
        door_(io, std::move(door)),
        listener_(
            io, kMostVisits, "web",
            {.come = [this](tcp::socket one) { come(std::move(one)); },
             .tell = [this](std::string trouble) { daemon_.say(encode_web_news({std::move(trouble)})); }}) {
    daemon_.hear([this](const std::string& line) { return heed(line); });
  }

 private:
  bool heed(const std::string& line) {
    const auto order = decode_web_order(line);
    if (!order) return false;
    about_ = order->about;
    if (order->token != token_) leave_to_anew();
    token_ = order->token;
    listener_.listen(order->listen);
    return true;
  }

  // Who is here has shown the token before.
  void leave_to_anew() {
    const auto visits = visits_;   // one that ends takes itself off the list
    for (const auto& visit : visits) visit->close();
  }

  bool has_room() {
    if (std::ssize(visits_) < kMostVisits) return true;
    const auto stranger =
        std::ranges::find_if(visits_, [](const auto& visit) { return !visit->has_shown_token(); });
    if (stranger == visits_.end()) return false;
    const auto leaving = *stranger;
    leaving->close();
    return true;
  }

  void come(tcp::socket socket) {
    if (!has_room()) return;
    const auto visit = std::make_shared<Visit>(
        std::move(socket), Visit::Host{token_, about_, door_, [this] { return may_ask(); },
                                       [this](const auto& ended) { std::erase(visits_, ended); }});
    visits_.push_back(visit);
    visit->start();
  }

  bool may_ask() const {
    return std::ranges::count_if(visits_, [](const auto& visit) { return visit->is_asking(); }) < kMostAskers;
  }

  DaemonLink daemon_;
  ApiDoor door_;
  TcpListener listener_;
  std::string token_, about_;
  std::vector<std::shared_ptr<Visit>> visits_;   // the oldest first
};

}   // namespace

Result<> run_web(int socket) {
  return serve_helper<WebTalk>({.name = "web", .right = CAP_NET_BIND_SERVICE}, socket,
                               [socket]() -> Result<UniqueFd> {
                                 auto sent = TRY(receive_descriptors(socket));
                                 if (sent.size() != 1) return fail("web: the daemon sent no socket");
                                 return std::move(sent.front());
                               });
}

Result<Helper> start_web_process(const std::string& instance) {
  return start_helper(instance, kWebVerb, "The page of sluice", properties_of(kLimitsOfWeb));
}

}   // namespace sluice
