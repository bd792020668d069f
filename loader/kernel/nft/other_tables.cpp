// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/nft/other_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/text.hpp"
#include "kernel/nft/nft.hpp"
#include "kernel/program.hpp"

namespace sluice {

// Table by table: the own one may have a hundred thousand elements.
Result<std::vector<OtherTable>> list_other_tables() {
  std::vector<OtherTable> tables;
  const std::string self = TRY(own_program());
  const auto listed = TRY(nft_list("list tables"));
  if (!listed) return tables;
  for (const nlohmann::json& row : *listed) {
    if (!row.contains("table")) continue;
    const auto& table = row.at("table");
    if (table.value("name", "") == "sluice") continue;
    const std::string family = table.value("family", ""), name = table.value("name", "");
    // It may go meanwhile.
    if (auto text = output_of({self, std::string(kTableVerb), family, name}))
      tables.push_back({fmt::format("{} {}", family, name), std::move(*text)});
  }
  return tables;
}

bool translates(const std::vector<OtherTable>& tables) {
  return std::ranges::any_of(tables, [](const OtherTable& table) {
    return std::ranges::any_of(
        std::initializer_list<std::string_view>{"masquerade", "MASQUERADE", "snat", "SNAT", "dnat", "DNAT",
                                                "redirect", "REDIRECT", "NETMAP"},
        [&](std::string_view word) { return table.text.find(word) != std::string::npos; });
  });
}

bool publishes(const std::vector<OtherTable>& tables, const std::string& endpoint) {
  return std::ranges::any_of(tables, [&](const OtherTable& table) {
    return std::ranges::any_of(split(table.text, '\n'),
                               [&](std::string_view line) { return line.ends_with("dnat to " + endpoint); });
  });
}

Result<> print_table(const std::string& family, const std::string& name) {
  std::fputs(TRY(nft_list_text(fmt::format("list table {} {}", family, name))).c_str(), stdout);
  return {};
}

}   // namespace sluice
