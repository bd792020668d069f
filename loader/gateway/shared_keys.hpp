// SPDX-License-Identifier: GPL-2.0-or-later
// A tunnel knows who sends by the key alone: of two with the same one it lets in one. Pure.
#pragma once

#include <string>
#include <vector>

#include "model/document.hpp"
#include "network/expand.hpp"

namespace sluice {

// Endpoints with the key of another one of their network, the old one of another that is in rotation, or the
// gateway's own there: a sentence each. The document's versions are settled (gateway/rotations.hpp).
std::vector<std::string> shared_keys(const Document& document, const NetworkKeys& keys);

}   // namespace sluice
