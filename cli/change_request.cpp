// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/change_request.hpp"

#include <cstdlib>

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

void put_author(nlohmann::json& body, const Arguments& arguments) {
  put_value(body, "why", arguments, "why");
  if (const char* user = std::getenv("SUDO_USER"); user && *user) body["who"] = user;
}

}   // namespace sluice::cli
