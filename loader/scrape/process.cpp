// SPDX-License-Identifier: GPL-2.0-or-later
#include "scrape/process.hpp"

#include <linux/capability.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>
#include <vector>

#include "scrape/scraper.hpp"
#include "scrape/wire.hpp"
#include "talk/daemon_link.hpp"
#include "talk/serve_helper.hpp"
#include "talk/tcp_listener.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

constexpr int kMostScrapers = 32;   // at once; who comes then is closed
// However many ask, the daemon is asked so often at most.
constexpr milliseconds kAskAgain{100};

const HelperLimits kLimitsOfScrape{.right = "CAP_NET_BIND_SERVICE", .files = 128, .memory = "256M"};

class ScrapeTalk {
 public:
  ScrapeTalk(asio::io_context& io, int socket)
      : daemon_(io, socket, kLongestScrapeOrder),
        listener_(io, kMostScrapers, "metrics",
                  {.come = [this](tcp::socket one) { come(std::move(one)); },
                   .tell = [this](std::string trouble) { tell(std::move(trouble)); }}),
        pause_(io) {
    daemon_.hear([this](const std::string& line) { return heed(line); });
  }

 private:
  bool heed(const std::string& line) {
    const auto order = decode_scrape_order(line);
    if (!order) return false;
    if (!order->listen) return answer(*order), true;
    token_ = order->token;
    listener_.listen(*order->listen);
    return true;
  }

  void tell(std::string trouble) {
    if (std::exchange(told_, trouble) != trouble)
      daemon_.say(encode_scrape_news({false, std::move(trouble)}));
  }

  void come(tcp::socket socket) {
    if (std::ssize(scrapers_) >= kMostScrapers) return;
    const auto one = std::make_shared<Scraper>(
        std::move(socket), token_, [this](const auto& scraper) { ask_for(scraper); },
        [this](const auto& scraper) {
          std::erase(scrapers_, scraper);
          std::erase(waiting_, scraper);
        });
    scrapers_.push_back(one);
    one->start();
  }

  void ask_for(const std::shared_ptr<Scraper>& scraper) {
    waiting_.push_back(scraper);
    if (!std::exchange(asked_, true)) daemon_.say(encode_scrape_news({true, told_}));
  }

  // Of all who wait.
  void answer(const ScrapeOrder& order) {
    const auto text =
        std::make_shared<const std::string>(order.failure.empty() ? order.text : order.failure + "\n");
    for (const auto& scraper : std::exchange(waiting_, {}))
      scraper->answer(order.failure.empty() ? 200 : 503, text);
    pause_.expires_after(kAskAgain);
    pause_.async_wait([this](const error_code&) {
      asked_ = !waiting_.empty();
      if (asked_) daemon_.say(encode_scrape_news({true, told_}));
    });
  }

  DaemonLink daemon_;
  TcpListener listener_;
  asio::steady_timer pause_;
  std::string token_, told_;
  bool asked_ = false;   // or was a moment ago
  std::vector<std::shared_ptr<Scraper>> scrapers_, waiting_;
};

}   // namespace

Result<> run_scrape(int socket) {
  return serve_helper<ScrapeTalk>({.name = "scrape", .right = CAP_NET_BIND_SERVICE}, socket);
}

Result<Helper> start_scrape_process(const std::string& instance) {
  return start_helper(instance, kScrapeVerb, "Metrics by TCP, of sluice", properties_of(kLimitsOfScrape));
}

}   // namespace sluice
