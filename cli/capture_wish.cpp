// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/capture_wish.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/number.hpp"

namespace sluice::cli {

Result<nlohmann::json> capture_wish(const Arguments& arguments) {
  nlohmann::json wish = nlohmann::json::object();
  if (!arguments.operands.empty()) wish["filter"] = arguments.operands.front();
  if (arguments.has("drops")) wish["drops"] = "1";
  constexpr std::pair<const char*, const char*> kValues[] = {
      {"count", "packets"}, {"snaplen", "snaplen"}, {"seconds", "seconds"}, {"size", "mebibytes"}};
  for (const auto& [option, field] : kValues) {
    if (!arguments.has(option)) continue;
    const std::string text = arguments.value(option);
    if (whole_number<uint64_t>(text).value_or(0) == 0)
      return fail(
          fmt::format("{}: --{}: \"{}\" is not a number from 1", arguments.command->name, option, text),
          ErrorKind::kUsage);
    wish[field] = text;
  }
  for (const char* option : {"forward", "zone", "vrf", "endpoint", "reason"})
    if (arguments.has(option)) wish[option] = arguments.values(option);
  return wish;
}

}   // namespace sluice::cli
