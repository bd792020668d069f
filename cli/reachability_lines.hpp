// SPDX-License-Identifier: GPL-2.0-or-later
// What the terminal view of `sluice reachability status` shows. Pure: from what the daemon answered to lines.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <vector>

#include "cli/view_line.hpp"

namespace sluice::cli {

// `status`: as `GET /v1/device/status` answers it; `relays`: the list of `GET /v1/show/relays`. Names in them
// may be anybody's.
std::vector<ViewLine> reachability_lines(const nlohmann::json& status, const nlohmann::json& relays,
                                         std::chrono::system_clock::time_point now);

struct Frame {
  std::vector<ViewLine> lines;   // as many as the screen has, none longer than it is wide
  size_t first = 0;              // of the body, that is shown: never beyond its last page
};

// The title stands first and the keys last; between them is what fits of the body, from `first` on, and the
// news, where there are any. A screen that is too low for all of it has the end of it.
Frame frame_of(const ViewLine& title, const std::vector<ViewLine>& body, const ViewLine& news,
               const ScreenSize& screen, size_t first);

}   // namespace sluice::cli
