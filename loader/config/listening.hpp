// SPDX-License-Identifier: GPL-2.0-or-later
// Ports of TCP where sluice answers by a process of its own.
#pragma once

#include <string_view>

#include "config/draft.hpp"

namespace sluice::config {

// An address with a port; complains where it is none.
Endpoint read_listening(const Node& node, std::string_view example, Complaints& complaints);

// Complains where somebody else is reached by the port: whoever asks for it means something else. It is
// said by `key` of `node`.
void check_listening(Draft& draft, const Endpoint& listen, const Node& node, std::string_view key = "listen");

}   // namespace sluice::config
