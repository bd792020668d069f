// SPDX-License-Identifier: GPL-2.0-or-later
#include "ipfix/process.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "ipfix/collector_link.hpp"
#include "ipfix/frames.hpp"
#include "talk/daemon_link.hpp"
#include "talk/serve_helper.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

constexpr milliseconds kNewsEach{1000};
// At the end: how long what waits may take, and how often somebody looks.
constexpr milliseconds kTimeToEnd{400}, kLookEach{5};

const HelperLimits kLimitsOfIpfix{.right = "", .files = 64, .memory = "512M"};

class IpfixTalk {
 public:
  IpfixTalk(asio::io_context& io, int socket)
      : io_(io), daemon_(io, ::dup(socket), kLongestFrame), frames_(io, socket), news_(io), end_(io) {
    frames_.hear([this](FrameKind kind, const std::string& bytes) { return heed(kind, bytes); },
                 [this] { finish(); });
    await_news();
  }

 private:
  bool heed(FrameKind kind, const std::string& bytes) {
    switch (kind) {
      case FrameKind::kOrder: return heed_order(decode_ipfix_order(bytes));
      case FrameKind::kRecords: return heed_records(decode_records(bytes));
      case FrameKind::kLost: return heed_lost(decode_lost(bytes));
    }
    return false;
  }

  // Those that stay as they are go on.
  bool heed_order(const Result<IpfixOrder>& order) {
    if (!order) return false;
    const bool is_same_domain = std::exchange(domain_, order->domain) == order->domain;
    std::erase_if(links_, [&](const auto& link) {
      if (is_same_domain && std::ranges::count(order->collectors, link->collector())) return false;
      link->send();
      link->close();
      return true;
    });
    for (const Collector& wanted : order->collectors)
      if (std::ranges::none_of(links_, [&](const auto& link) { return link->collector() == wanted; }))
        add(wanted);
    tell();
    return true;
  }

  void add(const Collector& wanted) {
    CollectorCounts& counts = counts_[wanted.name];
    counts.name = wanted.name;
    links_.push_back(CollectorLink::to(io_, wanted, domain_, counts));
    links_.back()->start();
  }

  bool heed_records(const Result<std::vector<NatRecord>>& records) {
    if (!records) return false;
    received_ += records->size();
    for (const auto& link : links_) link->add(*records);
    return true;
  }

  bool heed_lost(const Result<uint64_t>& records) {
    if (!records) return false;
    for (const auto& link : links_) link->lose(*records);
    return true;
  }

  void await_news() {
    news_.expires_after(kNewsEach);
    news_.async_wait([this](const error_code& error) {
      if (error) return;
      tell();
      await_news();
    });
  }

  void tell() {
    IpfixNews news{.received = received_, .collectors = {}};
    for (const auto& link : links_) news.collectors.push_back(counts_[link->collector().name]);
    std::string line = encode_ipfix_news(news);
    if (line != std::exchange(told_, line)) daemon_.say(line);
  }

  void finish() {
    for (const auto& link : links_) link->send();
    news_.cancel();
    await_end(std::chrono::steady_clock::now() + kTimeToEnd);
  }

  void await_end(std::chrono::steady_clock::time_point latest) {
    const bool done = std::ranges::all_of(links_, [](const auto& link) { return link->is_done(); });
    if (done || std::chrono::steady_clock::now() > latest) return io_.stop();
    end_.expires_after(kLookEach);
    end_.async_wait([this, latest](const error_code&) { await_end(latest); });
  }

  asio::io_context& io_;
  DaemonLink daemon_;   // to which it is said; it is heard by frames
  Frames frames_;
  asio::steady_timer news_, end_;
  uint32_t domain_ = 0;
  std::map<std::string, CollectorCounts> counts_;   // by name; also of those that are gone
  std::vector<std::shared_ptr<CollectorLink>> links_;
  uint64_t received_ = 0;
  std::string told_;
};

}   // namespace

Result<> run_ipfix(int socket) { return serve_helper<IpfixTalk>({.name = "nat_log"}, socket); }

Result<Helper> start_ipfix_process(const std::string& instance) {
  return start_helper(instance, kIpfixVerb, "Events of translation by IPFIX, of sluice",
                      properties_of(kLimitsOfIpfix));
}

}   // namespace sluice
