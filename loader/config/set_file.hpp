// SPDX-License-Identifier: GPL-2.0-or-later
// A set whose members stand in a file of their own: an address or prefix on each line, '#' before comments.
#pragma once

#include <string_view>
#include <vector>

#include "config/draft.hpp"

namespace sluice::config {

// What can be the name of a file in a document: not empty, at most 4096 bytes, no control characters.
bool is_file_name(std::string_view text);

// The members, sorted, each once. Complains at the node, which holds the name; of what is in the file a
// complaint says the line's number only, because it may be somebody's secret that was named by mistake.
std::vector<Prefix> read_set_file(const Node& node, Draft& draft);

// The same as text, as they are written; nothing is checked.
std::vector<std::string_view> members_of_file(std::string_view text);

}   // namespace sluice::config
