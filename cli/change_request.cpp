// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/change_request.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "base/text.hpp"

namespace sluice::cli {

void put_value(nlohmann::json& body, std::string_view field, const Arguments& arguments,
               std::string_view option) {
  if (arguments.has(option)) body[field] = arguments.value(option);
}

void put_list(nlohmann::json& body, std::string_view field, const Arguments& arguments,
              std::string_view option) {
  if (arguments.has(option)) body[field] = arguments.values(option);
}

void put_switch(nlohmann::json& body, std::string_view field, const Arguments& arguments,
                std::string_view option) {
  if (arguments.has(option)) body[field] = 1;
}

Result<> put_confirm_seconds(nlohmann::json& body, const Call& call) {
  if (!call.arguments.has("confirm")) return {};
  const std::string text = call.arguments.value("confirm");
  const auto duration = parse_duration(text);
  if (!duration || duration->count() < 1 || *duration > kLongestConfirmation)
    return fail(fmt::format("{}: --confirm: \"{}\" is no time from 1s to 24h, such as 60s or 10m",
                            call.command.name, text),
                ErrorKind::kUsage);
  body["confirm_seconds"] = duration->count();
  return {};
}

void put_author(nlohmann::json& body, const Arguments& arguments) {
  put_value(body, "why", arguments, "why");
  if (const char* user = std::getenv("SUDO_USER"); user && *user) body["who"] = user;
}

}   // namespace sluice::cli
