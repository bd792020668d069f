// SPDX-License-Identifier: GPL-2.0-or-later
// The table of ports that hosts have asked for.
#include "cli/cells.hpp"
#include "cli/columns.hpp"

namespace sluice::cli {
namespace {
using enum Align;
using enum Show;

constexpr Column kLeases[] = {
    {"ZONE", text<"zone">},
    {"HOST", text<"host">},
    {"PROTOCOL", text<"protocol">},
    {"PORT", text<"port">, kRight},
    {"OUTSIDE", text<"outside">},
    {"OUTSIDE PORT", text<"outside_port">, kRight},
    {"BY", text<"by">},
    {"EXPIRES", text<"expires">},
    {"FORWARD", text<"forward">, kLeft, kWide},
};

}   // namespace

std::span<const Column> lease_columns() { return kLeases; }

}   // namespace sluice::cli
