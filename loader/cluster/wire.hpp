// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon and the process that speaks with etcd say to each other: a line of JSON each.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/https_url.hpp"
#include "base/result.hpp"
#include "cluster/view.hpp"

namespace sluice {

inline constexpr size_t kLongestClusterLine = size_t{64} << 20;

// From the daemon. The first is where and who; the same again changes nothing.
struct ClusterOrder {
  std::string name, node;
  std::vector<HttpsUrl> etcd;
  std::string ca, cert, key;   // PEM; empty: none
  bool operator==(const ClusterOrder&) const = default;
};
struct Propose {
  Proposal proposal;
  SharedDocument document;
  bool is_first = false;   // it is the head at once, where there is none yet
  int64_t base = 0;        // the head that it was made of, by its `mod`
};
struct Settle {
  int64_t mod = 0;   // of the proposal
};
struct Withdraw {
  int64_t mod = 0;
  std::string why;
};
struct Fetch {
  std::string id;
};
using ClusterRequest = std::variant<ClusterOrder, NodeNews, Propose, NodeAnswer, Settle, Withdraw, Fetch>;

// To the daemon.
struct ClusterTrouble {
  std::string why;   // that etcd cannot be asked; empty: it can
};
struct ProposalRefused {
  std::string id, why;   // before anybody tried it
};
struct DocumentLack {
  std::string id, why;   // of one that was asked for; it is asked for again
};
using ClusterNews = std::variant<ClusterView, SharedDocument, ClusterTrouble, ProposalRefused, DocumentLack>;

std::string encode_cluster_request(const ClusterRequest& request);
Result<ClusterRequest> decode_cluster_request(std::string_view line);
// `known`: the view that was told before, since there was no trouble.
std::string encode_cluster_news(const ClusterNews& news, const ClusterView& known = {});
Result<ClusterNews> decode_cluster_news(std::string_view line, const ClusterView& known = {});

}   // namespace sluice
