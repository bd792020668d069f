// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/doctor_text.hpp"

#include <fmt/format.h>

#include <vector>

#include "cli/cells.hpp"
#include "cli/columns.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

std::string line_of(std::string_view title, const std::string& text) {
  return text == kNothing ? "" : fmt::format("  {:<6}  {}\n", title, text);
}

// "xdp: refused: its driver has no native XDP"
std::string attempts_of(const json& row) {
  std::string lines;
  for (const json& attempt : member(row, "tried")) {
    const std::string why = text_at(attempt, "why");
    lines += line_of("tried", fmt::format("{}: {}{}", text_at(attempt, "what"), text_at(attempt, "result"),
                                          why == kNothing ? "" : ": " + why));
  }
  return lines;
}

std::string change_of(const json& row) {
  return line_of("change", text_at(row, "remedy")) + line_of("gain", text_at(row, "gain"));
}

// Of the NIC, each with what changes it.
std::string settings_of(const json& row) {
  std::string lines;
  for (const json& setting : member(row, "settings"))
    lines += line_of("found", text_at(setting, "finding")) + change_of(setting);
  return lines;
}

std::string advice_of(const json& row, std::string_view reason) {
  return attempts_of(row) + settings_of(row) + line_of("why", text_at(row, reason)) + change_of(row);
}

struct Advice {
  std::string names, text;
};

// Rows that have the same cause are told together.
std::string advice_for(const json& rows, std::string_view reason) {
  std::vector<Advice> all;
  for (const json& row : rows) {
    if (text_at(row, "remedy") == kNothing && member(row, "tried").empty()) continue;
    const std::string name = text_at(row, "name"), text = advice_of(row, reason);
    const auto same = std::ranges::find(all, text, &Advice::text);
    if (same == all.end())
      all.push_back({name, text});
    else
      same->names += ", " + name;
  }
  std::string out;
  for (const auto& [names, text] : all) out += fmt::format("\n{}:\n{}", names, text);
  return out;
}

// Those of all interfaces as rows of one table.
std::string settings_table(const json& interfaces, const Look& look) {
  json rows = json::array();
  for (const json& interface : interfaces)
    for (json setting : member(interface, "settings")) {
      if (!setting.is_object()) continue;
      setting["name"] = member(interface, "name");
      rows.push_back(std::move(setting));
    }
  return rows.empty() ? "" : "\n" + render_table(doctor_setting_columns(), rows, look);
}

std::string engine_line(const json& engine) {
  const std::string refused = text_at(engine, "refused");
  return fmt::format("{} {}\n", text_at(engine, "name"),
                     refused == kNothing ? "can run" : "cannot run: " + refused);
}

}   // namespace

std::string doctor_text(const json& findings, const Look& look) {
  const json& checks = member(findings, "checks");
  const json& interfaces = member(findings, "interfaces");
  std::string out = render_table(doctor_check_columns(), checks, look);
  if (!look.wide) out += advice_for(checks, "reason");
  for (const json& engine : member(findings, "engines")) {
    if (&engine == &member(findings, "engines").front()) out += "\n";
    out += engine_line(engine);
  }
  if (interfaces.empty()) return out;
  out += "\n" + render_table(doctor_interface_columns(), interfaces, look);
  return out + (look.wide ? settings_table(interfaces, look) : advice_for(interfaces, ""));
}

}   // namespace sluice::cli
