// SPDX-License-Identifier: GPL-2.0-or-later
// The table of SSH users and their boxes.
#include "cli/cells.hpp"
#include "cli/columns.hpp"

namespace sluice::cli {
namespace {
using enum Align;
using enum Show;

constexpr Column kSshBoxes[] = {
    {"USER", text<"user">},
    {"BOX", text<"box">},
    {"PORT", text<"port">, kRight},
    {"CONNECTIONS", count<"connections">, kRight},
    {"BYTES", bytes<"bytes">, kRight},
    {"PACKETS", count<"packets">, kRight, kWide},
    {"FORWARD", text<"forward">, kLeft, kWide},
    {"LINE", text<"line">, kRight, kWide},
};

}   // namespace

std::span<const Column> ssh_columns() { return kSshBoxes; }

}   // namespace sluice::cli
