// SPDX-License-Identifier: GPL-2.0-or-later
// A pod is a zone of its own where rules name zones. In the model all pods lie in one zone, and a pod is a
// set with its address: hundreds of pods are one zone for the packet path, and each of them a look-up.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "model/document.hpp"

namespace sluice::config {

using PodNames = std::set<std::string, std::less<>>;

// The pod that "app1" or "pod:app1" names; empty: it is none.
std::string_view pod_called(std::string_view zone, const PodNames& pods);
bool names_pods(const std::vector<std::string>& zones, const PodNames& pods);
bool names_only_pods(const std::vector<std::string>& zones, const PodNames& pods);

// The zone, the empty set of each pod, and policies and limits that speak of them. A policy that names pods
// and other zones on a side becomes one for each kind, with the same name.
void resolve_pod_zones(Document& document);

}   // namespace sluice::config
