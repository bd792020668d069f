// SPDX-License-Identifier: GPL-2.0-or-later
// Changes of a text at single places; everything else stays byte for byte.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/tree.hpp"

namespace sluice::config {

// `text` with one more item, written as JSON, at the end of a list or object.
std::string insert_last(std::string_view text, const Node& container, std::string_view item);
// With several, of which there is one at least.
std::string insert_last(std::string_view text, const Node& container, const std::vector<std::string>& items);

// With one more item behind the last one, of which there is one, on the same line: all else keeps its line.
std::string insert_beside_last(std::string_view text, const Node& container, std::string_view item);

// `text` with this value, written as JSON, in the place of that of `node`.
std::string replace_value(std::string_view text, const Node& node, std::string_view value);

// `text` without one item of a list or object, its comma, and, when it has lines of its own, those lines.
std::string remove_item(std::string_view text, const Node& item);

}   // namespace sluice::config
