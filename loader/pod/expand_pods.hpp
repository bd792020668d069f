// SPDX-License-Identifier: GPL-2.0-or-later
// What pods mean as interfaces, a VRF, sets, policies, NAT and forwards: from here on it is a document like
// any other, for both engines. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/document.hpp"
#include "network/expand.hpp"

namespace sluice {

// The document's pods are complete (pod/allocate_pods.hpp), and networks are expanded. What cannot be had now
// is answered, in sentences.
std::vector<std::string> expand_pods(Document& document, const WayOut& way);

}   // namespace sluice
