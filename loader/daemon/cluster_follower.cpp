// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/cluster_follower.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "base/file.hpp"
#include "cluster/process.hpp"
#include "config/config.hpp"
#include "show/show.hpp"

namespace sluice {

using boost::system::error_code;
using std::chrono::seconds;

namespace {

constexpr size_t kRefusedKnown = 32;
constexpr std::chrono::milliseconds kTimeToRevoke{1500};
constexpr size_t kLargestPem = size_t{1} << 20;

Result<std::string> pem_in(const std::filesystem::path& state, const std::string& file) {
  return file.empty() ? Result<std::string>() : read_file(state / file, kLargestPem);
}

Result<ClusterOrder> order_for(const Cluster& cluster, const std::filesystem::path& state) {
  return ClusterOrder{.name = cluster.name,
                      .node = cluster.node,
                      .etcd = cluster.store.etcd,
                      .ca = TRY(pem_in(state, cluster.store.ca_file)),
                      .cert = TRY(pem_in(state, cluster.store.cert_file)),
                      .key = TRY(pem_in(state, cluster.store.key_file))};
}

}   // namespace

ClusterFollower::ClusterFollower(boost::asio::io_context& io, Gateway& gateway, AddressFollower& addresses,
                                 std::function<void()> after_apply)
    : gateway_(gateway),
      addresses_(addresses),
      after_apply_(std::move(after_apply)),
      link_(io, kLongestClusterLine,
            {.start = [this] { return start_cluster_process(gateway_.paths().pins.filename().string()); },
             .next = [this] { return next(); },
             .heed = [this](const std::string& line) { return heed(line); },
             .forget =
                 [this] {
                   sent_.clear();
                   queue_.clear();
                   told_.clear();
                   view_.reset();
                   own_.proposes = false;
                 },
             .lost = [this](const std::string& why) { tell_trouble(why); },
             .again = [this] { look_again(); },
             .time_to_leave = kTimeToRevoke}),
      deciding_(io),
      again_(io) {}

// What waits to be confirmed may say another etcd: until it stays, the one is asked that was.
void ClusterFollower::look_again() {
  const auto waits = gateway_.confirmation();
  own_.waits = waits && *waits && (*waits)->revision == gateway_.revision();
  if (own_.waits && link_.runs()) return tell_news();
  if (!joined()) return stop();
  const auto order = order_for(cluster(), gateway_.paths().state);
  if (!order) return tell_trouble(order.error().message);
  own_.node = cluster().node;
  wanted_ = encode_cluster_request(*order);
  link_.run();
  tell_news();
}

void ClusterFollower::stop() {
  own_ = {};
  before_ = replaced_ = 0;
  own_revision_ = -1;
  kept_ = {};
  lack_ = {};
  deciding_.cancel();
  again_.cancel();
  link_.end();
  view_.reset();
  wanted_.clear();
  gateway_.tell_trouble(Gateway::Trouble::kCluster, "");
}

std::string ClusterFollower::next() {
  if (sent_ != wanted_) return sent_ = wanted_;
  if (queue_.empty()) return {};
  std::string line = std::move(queue_.front());
  queue_.pop_front();
  return line;
}

void ClusterFollower::tell(const ClusterRequest& request) {
  if (!link_.runs()) return;
  queue_.push_back(encode_cluster_request(request));
  link_.tell();
}

Result<> ClusterFollower::heed(const std::string& line) {
  const ClusterView nothing;
  auto news = TRY(decode_cluster_news(line, view_ ? *view_ : nothing));
  std::visit([this](auto& one) { note(std::move(one)); }, news);
  return {};
}

void ClusterFollower::note(const ClusterTrouble& trouble) {
  if (!trouble.why.empty()) {
    view_.reset();
    own_.proposes = false;   // what was on its way may be lost; if it is not, the next view has it
  }
  tell_trouble(trouble.why);
}

void ClusterFollower::tell_trouble(const std::string& why) {
  trouble_ = why;
  tell_troubles();
}

void ClusterFollower::tell_troubles() {
  std::string text =
      trouble_.empty() ? document_trouble() : "the cluster's store cannot be asked: " + trouble_;
  if (!gateway_.tell_trouble(Gateway::Trouble::kCluster, text)) return;
  if (text.empty()) return spdlog::info("cluster: the store is there, and the document can be had");
  spdlog::error("{}", text);
}

// While others say that it is theirs.
std::string ClusterFollower::document_trouble() {
  if (!joined() || !view_ || lack_.id.empty() || lack_.id == own_id()) return {};
  const auto trouble = [&](const SharedRevision& revision) {
    return fmt::format("revision {} of {} in the cluster cannot be had here: {}", revision.number,
                       revision.node, lack_.why);
  };
  if (view_->head && view_->head->id == lack_.id) return trouble(*view_->head);
  if (view_->proposal && view_->proposal->revision.id == lack_.id) return trouble(view_->proposal->revision);
  return {};
}

void ClusterFollower::note(const ClusterView& view) {
  view_ = view;
  if (std::exchange(awaits_head_, false)) own_.proposes = false;
  const SharedRevision* newest = view.proposal ? &view.proposal->revision : view.head ? &*view.head : nullptr;
  if (newest && newest->id == own_id()) {
    own_.proposes = false;
    if (view.proposal && newest->node == own_.node) own_.tried = newest->mod;
  }
  decide_soon();
}

void ClusterFollower::note(SharedDocument document) {
  fetched_ = std::move(document);
  decide_soon();
}

void ClusterFollower::note(const ProposalRefused& refused) {
  // Of two that are the first, the other one is not seen yet.
  awaits_head_ = view_ && !view_->head && !view_->proposal;
  if (!awaits_head_) own_.proposes = false;
  refused_.push_front(refused);
  if (refused_.size() > kRefusedKnown) refused_.pop_back();
  spdlog::warn("cluster: what was proposed here comes to nothing: {}", refused.why);
  decide_soon();
}

void ClusterFollower::note(const DocumentLack& lack) {
  lack_ = lack;
  tell_troubles();
}

// After whatever is being done now.
void ClusterFollower::decide_soon() {
  deciding_.expires_after(std::chrono::milliseconds(0));
  deciding_.async_wait([this](const error_code& error) {
    if (!error) act();
  });
}

void ClusterFollower::act() {
  note_facts();
  if (!joined() || !view_) return;
  own_id();   // another document may be in force
  if (is_in_step()) own_.joins = false;
  tell_troubles();
  act_on(decide(*view_, own_));
}

void ClusterFollower::act_on(const ClusterDecision& decision) {
  switch (decision.step) {
    case ClusterStep::kNothing: return;
    case ClusterStep::kBeFirst: return be_first();
    case ClusterStep::kTakeHead: return take(*view_->head, {});
    case ClusterStep::kTakeProposal:
      return take(view_->proposal->revision, seconds(view_->proposal->seconds));
    case ClusterStep::kAnswer:
      own_.tried = view_->proposal->revision.mod;
      return tell(NodeAnswer{own_.tried, decision.why});
    case ClusterStep::kConfirm: return keep();
    case ClusterStep::kGoBack: return go_back();
    case ClusterStep::kSettle: return tell(Settle{view_->proposal->revision.mod});
    case ClusterStep::kWithdraw:
      spdlog::warn("cluster: revision {} comes to nothing: {}", view_->proposal->revision.number,
                   decision.why);
      return tell(Withdraw{view_->proposal->revision.mod, decision.why});
  }
}

void ClusterFollower::note_facts() {
  ClusterFacts& facts = gateway_.cluster();
  facts.is_store_there = view_.has_value();
  facts.nodes = view_ ? view_->nodes.size() : 0;
  facts.is_in_step = is_in_step();
}

void ClusterFollower::tell_news() {
  if (!gateway_.current()) return;
  note_facts();
  // What is tried is told by its answer: others see by this what a node has kept, and hear of it once.
  if (!own_.waits || kept_.waits || kept_.id.empty())
    kept_ = {.id = own_id(), .since = rfc3339(gateway_.since()), .waits = own_.waits};
  NodeNews news{.state = gateway_state(gateway_),
                .version = SLUICE_VERSION,
                .role = addresses_.role(),
                .hindered = addresses_.hindered(),
                .reads_has = true,
                .has = kept_};
  std::string line = encode_cluster_request(news);
  if (std::exchange(told_, line) != line) tell(news);
  decide_soon();
}

}   // namespace sluice
