// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/metrics_follower.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "base/token_file.hpp"
#include "scrape/process.hpp"
#include "scrape/wire.hpp"

namespace sluice {

MetricsFollower::MetricsFollower(boost::asio::io_context& io, Gateway& gateway, FlowCounter& flows)
    : gateway_(gateway),
      flows_(flows),
      link_(io, kLongestScrapeNews,
            {.start = [this] { return start_scrape_process(gateway_.paths().pins.filename().string()); },
             .next = [this] { return next(); },
             .heed = [this](const std::string& line) { return heed(line); },
             .forget =
                 [this] {
                   sent_.clear();
                   asked_ = false;
                 },
             .lost = [this](const std::string& why) { tell_trouble("metrics are not told by TCP: " + why); },
             .again = [this] { look_again(); }}) {}

void MetricsFollower::look_again() {
  const auto& current = gateway_.current();
  if (!current || !current->document.metrics) return tell_nobody("");
  const MetricsListen& metrics = *current->document.metrics;
  ScrapeOrder order{.listen = metrics.listen, .token = "", .text = "", .failure = ""};
  if (!metrics.token_file.empty()) {
    auto token = token_in(gateway_.paths().state / metrics.token_file);
    if (!token) return tell_nobody("metrics are not told by TCP: " + token.error().message);
    order.token = std::move(*token);
  }
  wanted_ = encode_scrape_order(order);
  link_.run();
}

void MetricsFollower::stop() { tell_nobody(""); }

void MetricsFollower::tell_nobody(const std::string& trouble) {
  wanted_.clear();
  link_.end();
  tell_trouble(trouble);
}

void MetricsFollower::tell_trouble(const std::string& trouble) {
  if (gateway_.tell_trouble(Gateway::Trouble::kMetrics, trouble) && !trouble.empty())
    spdlog::error("{}", trouble);
}

std::string MetricsFollower::next() {
  if (sent_ != wanted_) return sent_ = wanted_;
  return std::exchange(asked_, false) ? answer() : "";
}

std::string MetricsFollower::answer() {
  ScrapeOrder order{.listen = {}, .token = "", .text = "", .failure = ""};
  auto text = flows_.metrics();
  if (text)
    order.text = std::move(*text);
  else
    order.failure = text.error().message;
  return encode_scrape_order(order);
}

Result<> MetricsFollower::heed(const std::string& line) {
  const ScrapeNews news = TRY(decode_scrape_news(line));
  tell_trouble(news.trouble);
  asked_ = asked_ || news.asks;
  link_.tell();
  return {};
}

}   // namespace sluice
