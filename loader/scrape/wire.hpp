// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon and the process that tells metrics by TCP say to each other: a line of JSON each.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/address.hpp"

namespace sluice {

inline constexpr size_t kLongestScrapeOrder = size_t{64} << 20, kLongestScrapeNews = 4096;

// From the daemon: where to listen, or the answer to the last question.
struct ScrapeOrder {
  std::optional<Endpoint> listen;   // none: it is an answer
  std::string token;                // empty: none is asked for
  std::string text, failure;        // of an answer: the metrics, or why there are none
};

// To the daemon.
struct ScrapeNews {
  bool asks = false;     // somebody wants the metrics
  std::string trouble;   // why nobody can ask; empty: they can
};

std::string encode_scrape_order(const ScrapeOrder& order);
Result<ScrapeOrder> decode_scrape_order(std::string_view line);
std::string encode_scrape_news(const ScrapeNews& news);
Result<ScrapeNews> decode_scrape_news(std::string_view line);

}   // namespace sluice
