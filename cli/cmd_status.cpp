// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice status`: the whole on one screen.
#include <fmt/format.h>

#include <span>
#include <vector>

#include "cli/cells.hpp"
#include "cli/columns.hpp"
#include "cli/commands.hpp"
#include "cli/report.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

struct StatusLine {
  std::string_view name, key;
  std::string (*text)(const json&, std::string_view, const Look&);
};

std::string plain_at(const json& object, std::string_view key, const Look&) { return text_at(object, key); }

constexpr StatusLine kHead[] = {{"revision", "revision", plain_at},
                                {"engine", "engine", plain_at},
                                {"since", "since", plain_at},
                                {"version", "version", plain_at}};
constexpr StatusLine kMemory[] = {{"memory", "bytes", bytes_at}};
constexpr StatusLine kEvents[] = {{"events lost", "lost", count_at}};

void add(std::vector<Pair>& pairs, std::span<const StatusLine> lines, const json& object, const Look& look) {
  for (const auto& line : lines)
    if (!member(object, line.key).is_null())
      pairs.push_back({std::string(line.name), line.text(object, line.key, look)});
}

// The members of `counts` are what the engine can count: "flows" -> 1200.
void add_counts(std::vector<Pair>& pairs, const json& counts, const Look& look) {
  if (!counts.is_object()) return;
  for (const auto& [key, value] : counts.items())
    pairs.push_back({text_of(json(key)), count_of(value, look)});
}

// A revision that waits, and one that was taken back last.
void add_revisions(std::vector<Pair>& pairs, const json& status) {
  if (const json& waits = member(status, "pending_confirmation"); waits.is_object())
    pairs.push_back(
        {"unconfirmed", fmt::format("revision {} is taken back at {} unless `sluice confirm` is run",
                                    text_at(waits, "revision"), text_at(waits, "deadline"))});
  if (const json& back = member(status, "rolled_back"); back.is_object())
    pairs.push_back(
        {"taken back", fmt::format("revision {} at {} by {}: {}", text_at(back, "revision"),
                                   text_at(back, "when"), text_at(back, "who"), text_at(back, "why"))});
}

// By an upgrade, from the tables of the release that ran before.
void add_carried(std::vector<Pair>& pairs, const json& carried, const Look& look) {
  if (!carried.is_object()) return;
  pairs.push_back(
      {"carried", fmt::format("{} flows and {} mappings from layout {} to {}, {} flows left behind",
                              count_at(carried, "flows", look), count_at(carried, "mappings", look),
                              text_at(carried, "from_layout"), text_at(carried, "to_layout"),
                              count_at(carried, "flows_left", look))});
}

// Of events that collectors are told.
void add_collectors(std::vector<Pair>& pairs, const json& collectors, const Look& look) {
  for (const auto& row : collectors)
    pairs.push_back({"collector", fmt::format("{}: {} events sent, {} lost", text_at(row, "collector"),
                                              count_at(row, "sent", look), count_at(row, "lost", look))});
}

std::string status_text(const json& status, const Look& look) {
  std::vector<Pair> pairs = {{"state", paint_state(text_at(status, "state"), look.colour)}};
  add(pairs, kHead, status, look);
  add_revisions(pairs, status);
  add_counts(pairs, member(status, "counts"), look);
  add(pairs, kMemory, member(status, "memory"), look);
  add(pairs, kEvents, member(status, "events"), look);
  add_collectors(pairs, member(status, "nat_log"), look);
  add_carried(pairs, member(status, "carried"), look);
  for (const auto& row : member(status, "shortages")) pairs.push_back({"shortage", text_at(row, "text")});
  for (const auto& line : member(status, "degraded")) pairs.push_back({"degraded", text_of(line)});
  return render_pairs(pairs) + "\n" + render_table(status_columns(), member(status, "interfaces"), look) +
         "\n" + render_table(table_columns(), member(status, "tables"), look);
}

}   // namespace

Outcome run_status(Call& call) {
  const View view{.fetch = [&] { return call.client.get("/v1/status"); }, .table = status_text};
  TRY(report(call, view));
  return kExitDone;
}

}   // namespace sluice::cli
