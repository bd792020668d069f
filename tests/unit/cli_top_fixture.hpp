// SPDX-License-Identifier: GPL-2.0-or-later
// Lines of the daemon's, and what `sluice top` makes of them without a terminal.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <vector>

#include "cli/top_model.hpp"

namespace sluice::cli {

inline const auto kThen = TopModel::Clock::time_point() + std::chrono::hours(1);
inline constexpr ScreenSize kUsual{24, 80};

inline nlohmann::json flow_row_of(const std::string& source, uint64_t rate, uint64_t bytes) {
  return {{"protocol", "tcp"},
          {"state", "established"},
          {"from_vrf", "main"},
          {"policy", "lan-out"},
          {"original",
           {{"source", source},
            {"source_port", 40112},
            {"destination", "198.51.100.7"},
            {"destination_port", 443}}},
          {"reply",
           {{"source", "198.51.100.7"},
            {"source_port", 443},
            {"destination", "203.0.113.1"},
            {"destination_port", 40112}}},
          {"idle_seconds", 0},
          {"packets", bytes / 100},
          {"bytes", bytes},
          {"bytes_per_second", rate},
          {"packets_per_second", rate / 100}};
}

inline nlohmann::json line_of_flows(std::vector<nlohmann::json> rows, uint64_t matched = 0) {
  return {{"gateway",
           {{"name", "gw1"},
            {"state", "running"},
            {"engine", "ebpf"},
            {"flows", 1234567},
            {"packets_per_second", 25000},
            {"bytes_per_second", 1000000}}},
          {"matched", matched ? matched : rows.size()},
          {"rows", std::move(rows)}};
}

inline nlohmann::json three_flows() {
  return line_of_flows({flow_row_of("192.168.10.2", 90000, 500), flow_row_of("192.168.10.3", 5000, 90000),
                        flow_row_of("192.168.10.4", 0, 7)});
}

inline std::vector<std::string> shown_by(const TopModel& model, const ScreenSize& screen = kUsual,
                                         TopModel::Clock::time_point now = kThen) {
  std::vector<std::string> texts;
  for (const ViewLine& line : model.lines(screen, now)) texts.push_back(line.text);
  return texts;
}

inline TopModel::Wish type(TopModel& model, std::string_view keys) {
  auto wish = TopModel::Wish::kNothing;
  for (const char key : keys) wish = model.heed({Stroke::kCharacter, key}, 18);
  return wish;
}

inline void press(TopModel& model, Stroke stroke) { model.heed({stroke}, 18); }

inline std::string chosen_of(const TopModel& model, const ScreenSize& screen = kUsual) {
  for (const ViewLine& line : model.lines(screen, kThen))
    if (line.tone == Tone::kChosen) return line.text;
  return "";
}

}   // namespace sluice::cli
