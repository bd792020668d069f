// SPDX-License-Identifier: GPL-2.0-or-later
// Words of a document inside a message.
#pragma once

#include <string>
#include <string_view>

namespace sluice::config {

// In double quotes, shortened, control characters escaped: the text may come from anybody and goes to a
// terminal.
std::string quote(std::string_view text);

// The same without quotes and shortening: control characters (C0, DEL and C1) and
// bytes that are not UTF-8 become '?', a tab a space.
std::string printable(std::string_view text);

// As a JSON string.
std::string json_string(std::string_view text);

}   // namespace sluice::config
