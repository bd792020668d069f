// SPDX-License-Identifier: GPL-2.0-or-later
#include "scrape/wire.hpp"

#include "talk/json_values.hpp"

namespace sluice {

using nlohmann::json;

std::string encode_scrape_order(const ScrapeOrder& order) {
  return line_of_json({{"listen", endpoint_row(order.listen)},
                       {"token", order.token},
                       {"text", order.text},
                       {"failure", order.failure}});
}

Result<ScrapeOrder> decode_scrape_order(std::string_view line) try {
  const json message = json::parse(line);
  return ScrapeOrder{.listen = optional_endpoint_in(message.at("listen")),
                     .token = message.at("token"),
                     .text = message.at("text"),
                     .failure = message.at("failure")};
} catch (const std::exception& error) {
  return fail(std::string("what is to be told by TCP: ") + error.what());
}

std::string encode_scrape_news(const ScrapeNews& news) {
  return line_of_json({{"asks", news.asks}, {"trouble", news.trouble}});
}

Result<ScrapeNews> decode_scrape_news(std::string_view line) try {
  const json message = json::parse(line);
  return ScrapeNews{.asks = message.at("asks"), .trouble = message.at("trouble")};
} catch (const std::exception& error) {
  return fail(std::string("who asks for metrics: ") + error.what());
}

}   // namespace sluice
