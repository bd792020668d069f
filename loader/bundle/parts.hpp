// SPDX-License-Identifier: GPL-2.0-or-later
// What somebody who helps wants to see of a gateway, without its secrets (docs/bundle.md): a part for each
// name of kBundleParts (api/router.hpp), so that none takes the daemon long.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>

#include "api/service.hpp"
#include "gateway/gateway.hpp"

namespace sluice {

// {"files": {NAME: TEXT}, "notes": []}: what could not be had, or was cut, is said in a note. Failure: an
// unknown name (kUsage).
Result<nlohmann::json> bundle_part(Gateway& gateway, std::string_view name);
// Entries of the journal of the last day, oldest first: a row each.
Result<std::unique_ptr<RowReader>> bundle_journal(Gateway& gateway);

}   // namespace sluice
