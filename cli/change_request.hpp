// SPDX-License-Identifier: GPL-2.0-or-later
// From the options of a verb to the fields of a request that changes the document (docs/api.md). An option
// that is not there is no field.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string_view>

#include "cli/arguments.hpp"
#include "cli/command.hpp"

namespace sluice::cli {

void put_value(nlohmann::json& body, std::string_view field, const Arguments& arguments,
               std::string_view option);
void put_list(nlohmann::json& body, std::string_view field, const Arguments& arguments,
              std::string_view option);
void put_switch(nlohmann::json& body, std::string_view field, const Arguments& arguments,
                std::string_view option);
struct LongestTime {
  std::chrono::seconds time;
  std::string_view text;   // as an operator would write it
};
// The time of an option, where that is there. A time that is none: kUsage.
Result<> put_seconds(nlohmann::json& body, std::string_view field, const Call& call, std::string_view option,
                     const LongestTime& longest);
// "confirm_seconds" of --confirm, where that is there. A time that is none: kUsage.
Result<> put_confirm_seconds(nlohmann::json& body, const Call& call);
// The reason, and the user behind sudo.
void put_author(nlohmann::json& body, const Arguments& arguments);

}   // namespace sluice::cli
