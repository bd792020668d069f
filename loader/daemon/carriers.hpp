// SPDX-License-Identifier: GPL-2.0-or-later
// What nodes that all carry tell each other of themselves, so that each knows how good a way it is
// (frr/cluster_router.hpp). In pieces of text:
//
//   carriers N M      by the one that leads: there are M nodes, and N of them are a good way
//   hindered          to the one that leads: another node is a better way
//   well              it is a good way again
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

struct Carriers {
  size_t good = 0, heard = 0;   // nodes
  bool operator==(const Carriers&) const = default;
};

std::string carriers_text(const Carriers& carriers);
// None: it is something else.
std::optional<Carriers> parse_carriers(std::string_view piece);

inline constexpr std::string_view kIsHindered = "hindered", kIsWell = "well";

}   // namespace sluice
