// SPDX-License-Identifier: GPL-2.0-or-later
// Names of interfaces that all nodes of a cluster share, and what those are called at one node.
#pragma once

#include <set>
#include <string>

#include "config/config.hpp"

namespace sluice::config {

// From names of a text to shared ones. `devices`: of the text's node, by shared name. `mentioned`: the names
// that are in the text. They are the node's, or shared ones where somebody wrote it by hand. One that may be
// either is the node's, but where another one can only be a shared one.
DeviceMap to_shared_names(const DeviceMap& devices, const std::set<std::string>& mentioned);

}   // namespace sluice::config
