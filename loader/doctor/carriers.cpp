// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/carriers.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/text.hpp"

namespace sluice {

std::optional<ProbeRow> judge_carriers(const nlohmann::json& shown) {
  std::vector<std::string> named;
  for (const nlohmann::json& row : shown)
    if (row["state"] == "no-carrier")
      named.push_back(fmt::format("{} ({})", row["name"].get<std::string>(), row["zone"].get<std::string>()));
  if (named.empty()) return std::nullopt;
  return ProbeRow{"carrier",
                  ProbeState::kWarning,
                  fmt::format("no carrier at {}", join(named, ", ")),
                  "the cable is out, or what is at its other end is off: nothing comes or goes there",
                  "plug the cable in and switch on what is at its other end, or take the interface out of "
                  "the document where nothing shall be",
                  "what is behind it is reached"};
}

}   // namespace sluice
