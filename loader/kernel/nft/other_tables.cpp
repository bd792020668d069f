// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/nft/other_tables.hpp"

#include <fmt/format.h>

#include "kernel/nft/nft.hpp"

namespace sluice {

// Table by table: the own one may have a hundred thousand elements.
Result<std::vector<OtherTable>> list_other_tables() {
  std::vector<OtherTable> tables;
  const auto listed = TRY(nft_list("list tables"));
  if (!listed) return tables;
  for (const nlohmann::json& row : *listed) {
    if (!row.contains("table")) continue;
    const auto& table = row.at("table");
    if (table.value("name", "") == "sluice") continue;
    std::string name = fmt::format("{} {}", table.value("family", ""), table.value("name", ""));
    // It may go meanwhile.
    if (auto text = nft_list_text("list table " + name))
      tables.push_back({std::move(name), std::move(*text)});
  }
  return tables;
}

}   // namespace sluice
