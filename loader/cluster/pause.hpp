// SPDX-License-Identifier: GPL-2.0-or-later
// How long what was seen of a cluster may wait, so that it is told together with what follows. Pure.
#pragma once

#include <chrono>
#include <string_view>

#include "cluster/view.hpp"

namespace sluice {

inline constexpr std::chrono::milliseconds kTogetherMost{1000};

// Who proposed hears what each node says of it until all have kept it, and all do where an operator may
// confirm it at any of them.
bool awaits_each(const ClusterView& view, std::string_view own);

// Everybody else looks what each node has a while after there is another head or node, and again, ever later,
// until all have the head: of a hundred nodes each would be told a hundred times what none of them acts on.
inline constexpr std::chrono::milliseconds kLookFirst{1000}, kLookLast{16000};
std::chrono::milliseconds until_next_look(std::chrono::milliseconds last);

// `changed`: the key that another value was seen of, which `view` has already. What somebody has to act on
// waits for nearly nothing; what each of many nodes says, the longer the more they are, and longest where
// this node has nothing to do with it.
std::chrono::milliseconds pause_for(const ClusterView& view, std::string_view own, std::string_view changed);

}   // namespace sluice
