// SPDX-License-Identifier: GPL-2.0-or-later
// What a listing of `table inet sluice` says. Pure: takes the JSON of kernel/nft and reads it with care,
// because anybody may have changed the table.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/state.hpp"
#include "model/observed.hpp"

namespace sluice {

// What the sets of the identity and of the pairs of zones say.
ObservedNft read_table(const nlohmann::json& identity, const nlohmann::json& pairs);

// Whether a list of tables in nft's own language has sluice's; one of that name in another family is somebody
// else's. As JSON nft 1.0.6 writes garbage for a table that has an owner.
bool names_table(std::string_view tables);

// A row of a set with counters: its key, its comment, what was counted.
struct CountedRow {
  nlohmann::json key;
  std::string comment;
  uint64_t packets = 0, bytes = 0;
};
std::vector<CountedRow> read_rows(const nlohmann::json& listing, const std::string& set);

}   // namespace sluice
