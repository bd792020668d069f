// SPDX-License-Identifier: GPL-2.0-or-later
// The cluster that a document makes its gateway a node of: where its nodes keep the document that all of them
// have in force, and what differs by node. Plain values.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/https_url.hpp"

namespace sluice {

inline constexpr size_t kMostStorePlaces = 16;
inline constexpr size_t kMostClusterNodes = 1000;

// etcd, by TLS. Files of PEM; a relative name is below the state folder.
struct ClusterStore {
  std::vector<HttpsUrl> etcd;        // members of one etcd; one at least
  std::string ca_file;               // empty: what the machine trusts
  std::string cert_file, key_file;   // both, or none: what this gateway shows
  bool operator==(const ClusterStore&) const = default;
};

// Names of devices in the shared document, each with the one of this node.
using NodeDevices = std::map<std::string, std::string, std::less<>>;

struct Cluster {
  std::string name;
  std::string node;   // that this gateway is
  ClusterStore store;
  std::map<std::string, NodeDevices, std::less<>> nodes;   // only those that differ
  int line = 0;                                            // in the document, from 1
};

}   // namespace sluice
