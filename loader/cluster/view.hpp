// SPDX-License-Identifier: GPL-2.0-or-later
// What the nodes of a cluster say to each other through etcd, and how a node sees it. Each of these is the
// value of a key below "/sluice/NAME/state/", as JSON:
//   head            the document that all are to have in force
//   proposal        one that is being tried, with a lease: it ends by itself
//   answers/NODE    what came of the last one there
//   has/NODE        which document a node has kept
//   nodes/NODE      how a node is
// What a node says of itself has a lease that it keeps alive.
//   withdrawn       the last proposal that came to nothing
// Texts of documents are below "/sluice/NAME/documents/ID/", in pieces. Times are RFC 3339.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/text.hpp"

namespace sluice {

// Who made what of it. `mod`: the revision of etcd that it was written at, by which it is known.
struct SharedRevision {
  std::string id;       // of its document: made of its text
  int64_t number = 0;   // of the cluster's document, from 1; of a proposal the one that it is to get
  std::string node, who, why, when, file;
  int64_t mod = 0;
  // Of the head: the last proposals that became it, by their `mod`, the newest first. So who was away while
  // the next one was made knows what became of its own.
  std::vector<int64_t> settled = {};
  bool operator==(const SharedRevision&) const = default;
};
inline constexpr size_t kSettledKnown = 32;

inline constexpr int64_t kSecondsToTry = 60;   // where nobody says another time

struct Proposal {
  SharedRevision revision;
  int64_t seconds = kSecondsToTry;   // after which a node goes back by itself
  bool waits = false;                // for the word of an operator
  bool operator==(const Proposal&) const = default;
};

struct NodeAnswer {
  int64_t mod = 0;   // of the proposal
  std::string why;   // it cannot be had there; empty: it is in force there
  bool operator==(const NodeAnswer&) const = default;
};

// Changes with each document, so it is not told to all.
struct NodeHas {
  std::string id, since;
  bool waits = false;   // nothing is known that it has kept: this one may be taken back there
  bool operator==(const NodeHas&) const = default;
};

struct NodeNews {
  std::string state;   // as `status` says it
  std::string version;
  std::string
      role;   // "active": addresses that move are there; "standby", "carrying"; empty: they do not move
  std::string hindered;              // why addresses are better elsewhere; empty: nothing is wrong there
  bool reads_has = false;            // nodes of earlier releases do not
  std::optional<NodeHas> has = {};   // said here by those, and to them
  bool operator==(const NodeNews&) const = default;
};

struct Withdrawn {
  SharedRevision revision;
  std::string by, why;
  bool operator==(const Withdrawn&) const = default;
};

struct ClusterView {
  std::optional<SharedRevision> head;
  std::optional<Proposal> proposal;
  // Who does not wait for what each node says sees these a while later (cluster/pause.hpp).
  std::map<std::string, NodeAnswer, std::less<>> answers;
  std::map<std::string, NodeHas, std::less<>> has;
  std::map<std::string, NodeNews, std::less<>> nodes;   // those that are there
  std::optional<Withdrawn> withdrawn;
  bool operator==(const ClusterView&) const = default;
};

// The document itself.
struct SharedDocument {
  std::string id, text;
  NamedTexts files;
  bool operator==(const SharedDocument&) const = default;
};

// Of the text that all share (config/config.hpp: as_shared()) and its files.
std::string id_of_document(std::string_view text, const NamedTexts& files);

// Which document a node that is there has kept; null: not known.
const NodeHas* kept_by(const ClusterView& view, std::string_view node);
// Whether it is the head.
bool has_head(const ClusterView& view, std::string_view node);
// That is what all want.
bool all_have_head(const ClusterView& view);

// The proposal in `view` as the next head.
SharedRevision settled_head(const ClusterView& view);

// Members of a view are values of etcd, so they are read as what anybody may have written: those that make no
// sense are not there.
void put_in_view(ClusterView& view, std::string_view key, std::string_view value, int64_t mod);
void remove_from_view(ClusterView& view, std::string_view key);
nlohmann::json json_of(const SharedRevision& revision);
nlohmann::json json_of(const Proposal& proposal);
nlohmann::json json_of(const NodeAnswer& answer);
nlohmann::json json_of(const NodeHas& has);
nlohmann::json json_of(const NodeNews& news);
nlohmann::json json_of(const Withdrawn& withdrawn);
// What each node says is left out kind by kind where it is the same as in `known`.
nlohmann::json json_of(const ClusterView& view, const ClusterView& known = {});
// These throw what makes no sense.
ClusterView view_of(const nlohmann::json& object, const ClusterView& known = {});
SharedRevision revision_of(const nlohmann::json& object);
Proposal proposal_of(const nlohmann::json& object);
NodeAnswer answer_of(const nlohmann::json& object);
NodeHas has_of(const nlohmann::json& object);
NodeNews news_of(const nlohmann::json& object);
Withdrawn withdrawn_of(const nlohmann::json& object);

}   // namespace sluice
