// SPDX-License-Identifier: GPL-2.0-or-later
// Changes that are made at this node, and what is told of the cluster.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/config.hpp"
#include "daemon/cluster_follower.hpp"
#include "show/sync_state.hpp"

namespace sluice {
namespace {

using std::chrono::seconds;

constexpr seconds kTimeToTry{kSecondsToTry};

nlohmann::json said_or_null(const std::string& text) {
  return text.empty() ? nlohmann::json() : nlohmann::json(text);
}

}   // namespace

// What an operator is to confirm may take long, and so may a store that cannot be asked.
Result<> ClusterFollower::may_change() {
  const auto refused = [&](const std::string& why, ErrorKind kind) {
    return fail(fmt::format("cluster {} cannot change now: {}", cluster().name, why), kind);
  };
  if (!view_) return refused(trouble_, ErrorKind::kFailed);
  if (const auto& tried = view_->proposal)
    return refused(
        fmt::format("revision {} of {} is being tried", tried->revision.number, tried->revision.node),
        tried->waits ? ErrorKind::kFailed : ErrorKind::kBusy);
  if (own_.waits || own_.proposes)
    return refused("what was proposed here is not decided yet", ErrorKind::kBusy);
  if (!view_->head || view_->head->id != own_id())
    return refused("this node is not in step with the others", ErrorKind::kBusy);
  return {};
}

std::string ClusterFollower::as_here(const DocumentText& text) {
  auto own = as_node(text.text, text.file, joined() ? cluster().node : "");
  // Two names that are one device here are complained about where the text says so.
  return own && cluster_named_in(*own, text.file) ? *own : text.text;
}

Result<DocumentText> ClusterFollower::prepare(DocumentText text) {
  TRY(may_change());
  const auto name = TRY(cluster_named_in(text.text, text.file));
  if (name != cluster().name)
    return fail(
        fmt::format("{}: this gateway is a node of cluster {}, and the document is {}: `sluice cluster "
                    "leave` takes the gateway out of it",
                    text.file, cluster().name, name ? "one of cluster " + *name : "of none"),
        ErrorKind::kInvalidDocument);
  text.text = as_here(text);
  if (!text.confirm_within) text.confirm_within = kTimeToTry;
  const auto checked = check_document(text.text, text.file, {}, text.files);
  if (!checked) return text;   // its complaints are told by who applies it
  base_ = view_->head->mod;
  Revision revision;
  revision.file = text.file;
  revision.text = text.text;
  revision.files = text.files;
  text.text = TRY(write_out_allotted(text.text, text.file, TRY(gateway_.resolve(revision))));
  return text;
}

// The others take what it says, and would each allot for themselves what it does not say.
void ClusterFollower::be_first() {
  if (own_.proposes) return;
  if (const auto written = write_out(); !written) {
    const std::string why = "what is allotted here cannot be written into the document: ";
    return tell_trouble(why + written.error().message);
  }
  own_.proposes = true;
  tell(Propose{.proposal = {.revision = own_as_next()}, .document = own_document(), .is_first = true});
}

Result<> ClusterFollower::write_out() {
  Revision source = gateway_.current()->source;
  source.number = 0;
  const std::string text = TRY(write_out_allotted(source.text, source.file, TRY(gateway_.resolve(source))));
  if (text == source.text) return {};
  source.text = text;
  source.why = "what is allotted here, for the cluster";
  auto checked = check_document(source.text, source.file, {}, source.files);
  if (!checked) return std::unexpected(refusal(source.file, checked.error()));
  TRY(gateway_.apply(
      {.document = std::move(checked->document), .source = std::move(source), .declared = {}, .degraded = {}},
      {.confirm_within = {}, .back = {}, .unattended = true}));
  after_apply_();
  return {};
}

void ClusterFollower::propose(bool waits, seconds time) {
  own_.proposes = true;
  own_.confirmed = false;
  own_.waits = true;
  own_.tried = 0;
  tell(Propose{.proposal = {.revision = own_as_next(), .seconds = time.count(), .waits = waits},
               .document = own_document(),
               .base = base_});
}

Result<> ClusterFollower::confirm() {
  if (!view_) return fail("the cluster cannot be told: " + trouble_);
  if (!view_->proposal || view_->proposal->revision.id != own_id())
    return fail("what waits here is not what the cluster is trying");
  if (!is_complete(*view_)) return fail("not every node of the cluster has it in force yet");
  own_.confirmed = true;
  decide_soon();
  return {};
}

Result<> ClusterFollower::yield() {
  if (addresses_.role().empty()) return fail("the addresses of this cluster do not move");
  if (addresses_.role() != "active") return fail("this node stands by already");
  const auto is_well = [&](const auto& node) {
    return node.first != cluster().node && node.second.role != "active" && node.second.hindered.empty();
  };
  if (!view_) return fail("nobody knows how the other nodes are: " + trouble_);
  if (std::ranges::none_of(view_->nodes, is_well))
    return fail("no other node is there that is well and could have the addresses");
  addresses_.yield();
  return {};
}

void ClusterFollower::enter(int64_t before, bool replaces) {
  before_ = before;
  own_.joins = before != 0 && !replaces;
}

bool ClusterFollower::awaits_document() const { return view_ && !view_->head && own_.is_empty; }

bool ClusterFollower::is_in_step() {
  return joined() && view_ && view_->head && view_->head->id == own_id() && !own_.waits;
}

bool ClusterFollower::is_alone() const {
  return view_ && view_->nodes.size() == view_->nodes.count(cluster().node);
}

nlohmann::json ClusterFollower::status() {
  using nlohmann::json;
  if (!joined()) return {{"name", nullptr}};
  json nodes = json::array();
  if (view_)
    for (const auto& [name, news] : view_->nodes) {
      const NodeHas* has = kept_by(*view_, name);
      nodes.push_back({{"node", name},
                       {"own", name == cluster().node},
                       {"state", news.state},
                       {"in_step", has_head(*view_, name)},
                       {"role", news.role.empty() ? json() : json(news.role)},
                       {"hindered", news.hindered.empty() ? json() : json(news.hindered)},
                       {"since", has ? json(has->since) : json()},
                       {"version", news.version}});
    }
  json refused = json::array();
  for (const ProposalRefused& one : refused_) refused.push_back({{"id", one.id}, {"why", one.why}});
  json seen = view_ ? json_of(*view_, *view_) : json::object();   // without what each node says
  return {{"name", cluster().name},
          {"node", cluster().node},
          {"trouble", view_ ? json() : json(trouble_)},
          {"document_trouble", said_or_null(document_trouble())},
          {"in_step", is_in_step()},
          {"joining", is_joining()},
          {"awaits_document", awaits_document()},
          {"replaced", replaced_ ? json(replaced_) : json()},
          {"id", own_id()},
          {"complete", view_ && is_complete(*view_)},
          {"proposes", own_.proposes},
          {"revision", seen.value("head", json())},
          {"proposal", seen.value("proposal", json())},
          {"withdrawn", seen.value("withdrawn", json())},
          {"refused", std::move(refused)},
          {"carriers", cluster().all_carry ? json(gateway_.cluster().carriers) : json()},
          {"routers", router_rows(gateway_.cluster())},
          {"sync", sync_rows(gateway_.cluster().sync)},
          {"nodes", std::move(nodes)}};
}

}   // namespace sluice
