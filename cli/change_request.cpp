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

Result<> put_seconds(nlohmann::json& body, std::string_view field, const Call& call, std::string_view option,
                     const LongestTime& longest) {
  if (!call.arguments.has(option)) return {};
  const std::string text = call.arguments.value(option);
  const auto duration = parse_duration(text);
  if (!duration || duration->count() < 1 || *duration > longest.time)
    return fail(fmt::format("{}: --{}: \"{}\" is no time from 1s to {}, such as 60s or 10m",
                            call.command.name, option, text, longest.text),
                ErrorKind::kUsage);
  body[field] = duration->count();
  return {};
}

Result<> put_confirm_seconds(nlohmann::json& body, const Call& call) {
  return put_seconds(body, "confirm_seconds", call, "confirm", {kLongestConfirmation, "24h"});
}

void put_author(nlohmann::json& body, const Arguments& arguments) {
  put_value(body, "why", arguments, "why");
  if (const char* user = std::getenv("SUDO_USER"); user && *user) body["who"] = user;
}

}   // namespace sluice::cli
