// SPDX-License-Identifier: GPL-2.0-or-later
// This gateway as a node of a cluster: a process of its own speaks with etcd, and here the document of the
// cluster becomes that of the gateway, and a change of it one of the cluster. docs/cluster.md says how.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "api/service.hpp"
#include "cluster/decide.hpp"
#include "cluster/wire.hpp"
#include "daemon/address_follower.hpp"
#include "gateway/gateway.hpp"
#include "talk/helper_link.hpp"

namespace sluice {

class ClusterFollower {
 public:
  // `after_apply` is called when another document is in force by this.
  ClusterFollower(boost::asio::io_context& io, Gateway& gateway, AddressFollower& addresses,
                  std::function<void()> after_apply);

  void look_again();   // another document may be in force
  void stop();

  bool joined() const { return gateway_.current() && gateway_.current()->document.cluster; }
  // A document, whichever node's it is, as it is at this node; one of no cluster, or that cannot be read, as
  // it is.
  std::string as_here(const DocumentText& text);
  // The text as it is to be applied here, and proposed then; with a time after which it is taken back.
  // Failure: the cluster cannot change now, or the document is not one of it.
  Result<DocumentText> prepare(DocumentText text);
  // What is in force now and waits is what the cluster is to have. `waits`: for an operator's word.
  void propose(bool waits, std::chrono::seconds time);
  Result<> confirm();   // an operator's word for it
  Result<> yield();     // its addresses go to another node, where one is well
  nlohmann::json status();
  // The gateway is a node now, and had the document of this revision (0: one that says nothing) before.
  // `replaces`: the cluster's may come in its place; else the gateway goes back to it.
  void enter(int64_t before, bool replaces);
  bool is_joining() const { return own_.joins; }   // it may yet go back
  bool is_alone() const;                           // no other node is there; false also where nobody knows
  const ClusterView* view() const { return view_ ? &*view_ : nullptr; }   // null: etcd cannot be asked

 private:
  void tell(const ClusterRequest& request);
  std::string next();
  Result<> heed(const std::string& line);
  void note(const ClusterView& view);
  void note(SharedDocument document);
  void note(const ClusterTrouble& trouble);
  void note(const ProposalRefused& refused);
  void note(const DocumentLack& lack);
  void tell_trouble(const std::string& why);
  void tell_troubles();
  std::string document_trouble();   // why the cluster's document cannot be had here; empty: it can
  void tell_news();
  void note_facts();
  bool is_in_step();
  bool awaits_document() const;   // there is none yet, and this node has none for the others
  void decide_soon();
  void act();
  void act_on(const ClusterDecision& decision);
  void be_first();
  Result<> write_out();   // what is allotted here, in a revision of its own where it is not in the text yet
  void take(const SharedRevision& revision, std::optional<std::chrono::seconds> time);
  Result<> apply(const SharedRevision& revision, std::optional<std::chrono::seconds> time);
  void go_back();
  void keep();
  void forget_refusal_later();
  std::string own_id();
  SharedDocument own_document();
  SharedRevision own_as_next();   // the document in force here, as the next one of the cluster
  Result<> may_change();
  const Cluster& cluster() const { return *gateway_.current()->document.cluster; }   // where joined()

  Gateway& gateway_;
  AddressFollower& addresses_;
  std::function<void()> after_apply_;
  HelperLink link_;
  std::string wanted_, sent_;   // lines
  std::deque<std::string> queue_;
  std::optional<ClusterView> view_;   // none: etcd cannot be asked
  std::string trouble_ = "etcd was not asked yet";
  SharedDocument fetched_;
  DocumentLack lack_;                     // of the last document that could not be had
  std::deque<ProposalRefused> refused_;   // the last ones, the newest first: several edits may wait here
  OwnPart own_;
  int64_t base_ = 0;            // the head that a change here is made of, by its `mod`
  int64_t before_ = 0;          // as enter() was told
  int64_t replaced_ = 0;        // the same, where another document came in its place; else 0
  bool awaits_head_ = false;    // it was refused here to be the first
  int64_t own_revision_ = -1;   // that own_.id is of
  std::string told_;            // news of this node
  NodeHas kept_;                // the last document that did not wait here, or the first one
  boost::asio::steady_timer deciding_, again_;
};

}   // namespace sluice
