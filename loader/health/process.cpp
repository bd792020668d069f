// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/process.hpp"

#include <linux/capability.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <utility>
#include <vector>

#include "health/checker.hpp"
#include "health/wire.hpp"
#include "talk/daemon_link.hpp"
#include "talk/serve_helper.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;

constexpr size_t kMostChecks = 8192, kOtherFiles = 64;

// Sockets of echoes are raw, and nothing else needs a right.
const HelperLimits kLimitsOfHealth{.right = "CAP_NET_RAW", .files = 16384, .memory = "512M"};

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
      : daemon_(io, socket, kLongestLine),
        checker_(io, checks_at_once(), [this](HealthNews news) { tell(std::move(news)); }) {
    daemon_.hear([this](const std::string& line) { return heed(line); });
  }

 private:
  bool heed(const std::string& line) {
    auto order = decode_order(line);
    if (order) follow(std::move(*order));
    return order.has_value();
  }

  void follow(HealthOrder order) {
    if (const auto* signs = std::get_if<HealthSigns>(&order)) return checker_.heed(*signs);
    if (auto* files = std::get_if<TrustFiles>(&order)) return checker_.trust(std::move(*files));
    ++lists_;
    checker_.want(std::move(std::get<std::vector<HealthTarget>>(order)));
  }

  void tell(HealthNews news) {
    news.of_list = lists_;
    daemon_.say(encode_news(news));
  }

  DaemonLink daemon_;
  uint64_t lists_ = 0;   // of targets, that were read
  Checker checker_;
};

}   // namespace

Result<> run_health_checks(int socket) {
  return serve_helper<Conversation>({.name = "health checks", .right = CAP_NET_RAW}, socket);
}

Result<Helper> start_health_process(const std::string& instance) {
  return start_helper(instance, kHealthVerb, "Health checks of sluice", properties_of(kLimitsOfHealth));
}

}   // namespace sluice
