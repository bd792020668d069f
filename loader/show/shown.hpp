// SPDX-License-Identifier: GPL-2.0-or-later
// The objects of `show` (kShowObjects of api/router.hpp), with what tells each of them.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "api/service.hpp"
#include "gateway/gateway.hpp"

namespace sluice {

// One that is told at once.
struct Shown {
  std::string_view name;
  Result<nlohmann::json> (*tell)(Gateway& gateway);
  std::string_view bundle_part;   // that it is in (kBundleParts)
};
std::span<const Shown> shown_at_once();

Result<nlohmann::json> show_object(Gateway& gateway, std::string_view name);
// One that is told in pieces; null: this one is not.
Result<std::unique_ptr<RowReader>> rows_of_object(Gateway& gateway, std::string_view name);

}   // namespace sluice
