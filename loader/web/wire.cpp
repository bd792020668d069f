// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/wire.hpp"

#include "talk/json_values.hpp"

namespace sluice {

using nlohmann::json;

std::string encode_web_order(const WebOrder& order) {
  return line_of_json(
      {{"listen", endpoint_row(order.listen)}, {"token", order.token}, {"about", order.about}});
}

Result<WebOrder> decode_web_order(std::string_view line) try {
  const json message = json::parse(line);
  return WebOrder{.listen = endpoint_in(message.at("listen")),
                  .token = message.at("token"),
                  .about = message.at("about")};
} catch (const std::exception& error) {
  return fail(std::string("where browsers are to be answered: ") + error.what());
}

std::string encode_web_news(const WebNews& news) { return line_of_json({{"trouble", news.trouble}}); }

Result<WebNews> decode_web_news(std::string_view line) try {
  const json message = json::parse(line);
  return WebNews{.trouble = message.at("trouble")};
} catch (const std::exception& error) {
  return fail(std::string("who looks by a browser: ") + error.what());
}

}   // namespace sluice
