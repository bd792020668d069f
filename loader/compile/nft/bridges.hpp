// SPDX-License-Identifier: GPL-2.0-or-later
// What netfilter sees and nobody judges: frames between members of bridges, and copies of what the gateway
// said.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "compile/nft/context.hpp"

namespace sluice::nft {

// Frames between members of bridges with a zone; nothing where the document has none. The sets come before
// all hooks, what judges packets for many comes behind compile_slaves(): their way in is no slave.
void compile_bridges(Compiler& c, const std::map<std::string, ObservedLink>& links);
void compile_arrival_for_many(Compiler& c);
void leave_frames_alone(const Compiler& c, NftChain& prerouting);
void pass_frames(const Compiler& c, NftChain& forward, const std::vector<json>& which = {});

// Copies of what the gateway itself says to many, which come back to it.
void compile_own_copies(Compiler& c);
void pass_own_copies(NftChain& chain);

}   // namespace sluice::nft
