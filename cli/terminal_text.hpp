// SPDX-License-Identifier: GPL-2.0-or-later
// Text that others wrote, made fit for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace sluice::cli {

// Control characters (C0, DEL, C1), what turns the direction of text (Unicode TR 36), and bytes that are
// not UTF-8 become \xNN, byte by byte; nothing that was written elsewhere can move the cursor or lie about
// what stands where. With `lines`, line ends and tabs stay.
std::string escape_for_terminal(std::string_view text, bool lines = false);

// Every code point that is not printable ASCII as one "?": nobody knows how wide a terminal draws it.
std::string ascii_of(std::string_view text);

size_t display_width(std::string_view text);   // code points of valid UTF-8: good enough for columns

}   // namespace sluice::cli
