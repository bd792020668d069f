// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach/upnp.hpp"

#include <nlohmann/json.hpp>

#include "talk/json_values.hpp"

namespace sluice {

using nlohmann::json;
using std::chrono::seconds;

std::string encode_upnp_ask(const UpnpAsk& ask) {
  return line_of_json({{"device", ask.device},
                       {"local", ask.local.to_string()},
                       {"router", ask.router.to_string()},
                       {"port", ask.port},
                       {"wanted", ask.wanted},
                       {"life", ask.life.count()},
                       {"location", ask.location}});
}

Result<UpnpAsk> decode_upnp_ask(std::string_view line) try {
  const json message = json::parse(line);
  return UpnpAsk{message.at("device"),
                 json_address(message.at("local")),
                 json_address(message.at("router")),
                 message.at("port"),
                 message.at("wanted"),
                 seconds(message.at("life").get<int64_t>()),
                 message.at("location")};
} catch (const std::exception& error) {
  return fail(std::string("what UPnP is to ask: ") + error.what());
}

std::string encode_upnp_answer(const UpnpAnswer& answer) {
  return line_of_json({{"trouble", answer.trouble},
                       {"outside", endpoint_row(answer.outside)},
                       {"life", answer.life.count()},
                       {"location", answer.location}});
}

Result<UpnpAnswer> decode_upnp_answer(std::string_view line) try {
  const json message = json::parse(line);
  const auto life = message.at("life").get<int64_t>();
  if (life < 0 || life > UINT32_MAX) return fail("what UPnP answered: a life that is none");
  return UpnpAnswer{message.at("trouble"), endpoint_in(message.at("outside")), seconds(life),
                    message.at("location")};
} catch (const std::exception& error) {
  return fail(std::string("what UPnP answered: ") + error.what());
}

}   // namespace sluice
