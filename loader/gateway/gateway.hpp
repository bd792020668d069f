// SPDX-License-Identifier: GPL-2.0-or-later
// The gateway as one object: the document in force, the machine that must match it, and how one becomes the
// other.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <set>

#include "config/config.hpp"
#include "gateway/address_keeper.hpp"
#include "gateway/backup.hpp"
#include "gateway/candidate.hpp"
#include "gateway/certificate_keeper.hpp"
#include "gateway/container_book.hpp"
#include "gateway/ends.hpp"
#include "gateway/front_keeper.hpp"
#include "gateway/health_book.hpp"
#include "gateway/key_files.hpp"
#include "gateway/known_machine.hpp"
#include "gateway/mapping_book.hpp"
#include "gateway/name_book.hpp"
#include "gateway/name_keeper.hpp"
#include "gateway/quota_book.hpp"
#include "gateway/reach_keeper.hpp"
#include "gateway/restore.hpp"
#include "gateway/routers.hpp"
#include "gateway/services.hpp"
#include "gateway/shortages.hpp"
#include "kernel/bpf/probe.hpp"
#include "kernel/netlink/monitor.hpp"
#include "model/drain.hpp"
#include "model/resolver_news.hpp"
#include "model/resolver_order.hpp"
#include "plan/plan_services.hpp"
#include "plan/planner.hpp"

namespace sluice {

class Gateway {
 public:
  // Opens what is on disk and pinned; changes nothing yet.
  static Result<std::unique_ptr<Gateway>> open(const GatewayPaths& paths);

  using Candidate = GatewayCandidate;
  using Terms = ApplyTerms;
  // Makes the machine match and keeps the document as a revision, or takes one that has a number. Failure:
  // all is as before. What fails after the revision is kept is told as degraded, and tried again.
  Result<Applied> apply(Candidate candidate, const Terms& terms = {});
  // A backend drains, or does so no more; `edit` is what that changes of the text in force. None: it takes an
  // apply of the whole document, and nothing has changed. Failure: all is as before.
  Result<std::optional<Applied>> drain(const DrainChange& change, const TextEdit& edit,
                                       const std::string& who, const std::string& why);
  // Applies a stored revision again. 0: the one before, or while one waits the one that was settled last.
  Result<Applied> roll_back(int64_t number, const std::string& who, const std::string& why);
  Result<Container> attach(Container wanted);   // failure: nothing has changed (docs/containers.md)
  Result<> detach(const ContainerKey& key);     // one that is not attached is success
  Result<std::vector<std::string>> missing_of(const ContainerKey& key);   // of what it was given
  const std::vector<Container>& containers() const { return containers_.all().attached; }
  // The revision that waits is settled. Answers its number.
  Result<int64_t> confirm(const std::string& who, const std::string& why);
  Result<std::optional<Confirmation>> confirmation() { return store_->confirmation(); }   // that waits
  // Goes back where nobody confirmed in time; nullopt: nothing is due. Failure: the one that waits goes on.
  Result<std::optional<Applied>> take_back_unconfirmed();
  Result<WireguardKey> key_for_relays();   // that relays know this gateway by; made where there is none
  // What an apply of the document would do now. Changes nothing.
  Result<Plan> preview(const Document& document, std::shared_ptr<const Restoring> restoring = {});
  Result<Backup> backup();   // all that it is (gateway/backup.hpp). Secret. Failure also: nothing is in force
  // What a restored document brings with it here.
  Result<std::shared_ptr<const Restoring>> restoring(Backup backup, const Document& document);

  // Takes up the stored document after a start; false: there is none. Where it cannot be put in force and
  // nothing runs yet, the newest earlier one that can be holds; where none can, its interfaces are closed.
  // Where rules run already, they are left as they are. All of that is told as degraded.
  Result<bool> resume();
  // Rules run, and the stored document that they are of cannot be put in force again.
  bool held() const { return !current_ && !blocked_ && !refused_.empty(); }
  bool blocked() const { return blocked_; }   // interfaces are closed: no revision could be put in force
  // The machine was changed by others: puts back what the document says. Answers the steps taken.
  Result<std::vector<std::string>> reconcile(const Change& change);
  // Keys of endpoints are being exchanged: somebody is to look at take_up_keys() until none is any more.
  bool rotating() const;
  std::vector<uint16_t> rotating_ports() const;   // of the networks where that is so
  // Gives the inner sources of each endpoint whose newest key was heard to that key. The old one is a peer
  // until the next reconcile(). Answers whether there was one.
  Result<bool> take_up_keys();
  // How long until flows of a service, or an endpoint, have no more time; somebody is to reconcile() then.
  std::optional<std::chrono::milliseconds> time_until_end() const;
  // What is to be asked now, and by which devices. Somebody is to ask, and to note() the answers.
  Result<std::vector<HealthTarget>> health_targets();
  // Keeps it, logs what changed, and answers whether services lead elsewhere now: lead_anew() is due then.
  bool note_health(const HealthNews& news);
  // Those that are left by the signs alone, and what changed of that. Answers as note_health().
  bool note_left(std::map<std::string, KnownHealth> left, const std::vector<HealthChange>& changes);
  const HealthBook& health() const { return health_; }
  // Services lead where they do by the health of their backends. Answers the steps taken.
  Result<std::vector<std::string>> lead_anew();
  enum class Trouble : uint8_t { kHealth, kMetrics, kNatLog, kWeb, kCluster, kAddresses, kSync, kRepair };
  bool tell_trouble(Trouble of, std::string why);   // empty: there is none. Answers whether that is new
  // Whom the resolver serves now; no zones: nobody. Somebody is to tell it, and to note() what it says.
  Result<ResolverOrder> resolver_order();
  Result<> open_names(const std::vector<LookUp>& look_ups);   // clients may be told afterwards
  Result<> close_names();   // what is over and has no flows; to be called again after name_time_left()
  std::optional<std::chrono::milliseconds> name_time_left();
  const NameBook& opened_names() const { return names_; }
  void note_resolver(ResolverNews news);
  const ResolverNews& resolver_news() const { return resolver_news_; }
  // Whose requests for ports are heard now; no zones: nobody's. Somebody tells it, and notes what is said.
  Result<MappingOrder> mapping_order();
  // What was granted is in force and kept when this returns. Failure: nothing of it is.
  Result<std::vector<MappingAnswer>> answer_mappings(const std::vector<MappingRequest>& requests);
  Result<> end_mappings();   // that are over; to be called again after mapping_time_left()
  std::optional<std::chrono::milliseconds> mapping_time_left() const;
  const MappingBook& mappings() const { return mappings_; }
  void note_mapping_news(MappingNews news);
  const MappingNews& mapping_news() const { return mapping_news_; }
  std::vector<CollectorNews>& collectors() { return collectors_; }   // of nat_log, in the document's order
  QuotaBook& quotas() { return quotas_; }
  ReachKeeper& reach() { return reach_; }
  void note_reach(ReachNews news);
  RelayTcpOrder carry_relays();   // each by the way that it is heard by: what goes over TLS now
  void note_relay_tcp(RelayTcpNews news);
  Result<uint32_t> gc();
  std::chrono::seconds gc_interval() const;       // short enough for any timeout: it is a look at every flow
  Result<std::vector<std::string>> tear_down();   // all is forgotten; what was removed, in sentences

  const std::optional<Candidate>& current() const { return current_; }
  int64_t revision() const { return revision_; }
  std::chrono::system_clock::time_point since() const { return since_; }
  const KnownMachine& known() const { return known_; }   // by the last look
  const std::vector<std::string>& degraded() const { return degraded_; }
  // The engine that carries the traffic. While one is exchanged for the other it is the new one.
  Engine& engine() { return of(carries_); }
  // What the packet path reports, as long as eBPF is loaded; otherwise null.
  const std::shared_ptr<EventRing>& events() const { return ebpf_->events(); }
  // What became of the tables of another release at this start; null: there were none.
  const CarriedTables* carried_tables() const { return ebpf_->carried_tables(); }
  Shortages& shortages() { return shortages_; }
  Routers& routers() { return routers_; }
  FrontKeeper& front() { return front_; }
  CertificateKeeper& certificates() { return certificates_; }
  NameKeeper& name() { return name_; }
  AddressKeeper& addresses() { return addresses_; }
  ClusterFacts& cluster() { return cluster_; }
  void keep_announcing();                            // how good a way this node is now
  void tell(const std::function<void()>& changed);   // by any thread: what others do is to be looked at
  int table_changes_fd() const { return nft_->changes_fd(); }   // of nftables; -1: nobody listens yet
  Result<bool> hear_table_changes() { return nft_->hear_changes(); }
  const GatewayPaths& paths() const { return paths_; }
  KeyFiles keys() const { return keys_with(held_keys_); }
  Result<Observed> observe();
  Result<Observed> observe(const Document& document);   // also of the devices that it makes
  RtnlSocket& rtnl() { return rtnl_; }
  // Rules of an earlier document run, and no record of it is left.
  bool lost() const { return !current_ && !blocked_ && !held() && runs(); }
  const Store& store() const { return *store_; }
  Result<Allotments> allotments() { return store_->allotments(); }
  Result<std::vector<Revision>> revisions(int64_t limit) { return store_->list(limit); }
  Result<int64_t> revision_before(int64_t number);   // the newest of them that was good
  Result<Revision> find_revision(int64_t number);    // failure: there is none (any more)
  // Of a revision: its document, with what is allotted to its networks, or what would be now.
  Result<Document> resolve(const Revision& revision);
  // A state directory that somebody removed or replaced is made anew, from the copy, and the copy from it.
  Result<> keep_store();
  NumberedRules rules(const Observed& seen) const;   // of the document in force, on this machine

 private:
  Gateway(Store store, RtnlSocket rtnl, std::unique_ptr<EngineEbpf> ebpf, GatewayPaths paths);
  Engine& of(EngineKind kind);
  std::array<Engine*, 2> engines() { return {ebpf_.get(), nft_.get()}; }
  Machine machine() { return {*ebpf_, *nft_, *store_, rtnl_, paths_.state, known_.links()}; }
  // Tries what the document lets choose from, and does not run already: eBPF, and else nftables.
  std::optional<std::string> try_ebpf(const Document& document, ProbeDepth depth) const;
  void find_out(const Document& document, std::optional<std::string> ebpf_refused);
  // What the machine lacks now of what the document says, by what find_out() found.
  Result<Plan> remaining(const Document& document, const SharedPolicyTables& policies);
  Result<std::vector<std::string>> not_carried(const Observed& seen, const Document& document);
  void know(const Plan& plan, const Document& document);
  // Performs what remains, round by round, until nothing does. Its sentences are added to `steps`.
  using Sentences = std::vector<std::string>;
  Result<Plan> converge(const Document& document, UndoList& undo, Sentences& steps);
  // The same by what is known of the machine, as far as that can be followed. Both in rounds.
  Result<Plan> converge_known(const Document& document, UndoList& undo, Sentences& steps);
  Result<> perform_round(const Plan& plan, const Document& document, UndoList& undo, Sentences& steps);
  // After converge() failed with new programs: by nftables, if they were why; otherwise that failure.
  Result<Plan> fall_back(Result<Plan> failed, const Document& document, UndoList& undo, Sentences& steps);
  // The steps that converge() left for when the revision is stored. What fails is said in `degraded`.
  void end_other_engine(const Plan& end, std::vector<std::string>& steps, std::vector<std::string>& degraded);
  // What the kernel's VXLAN devices know of who is where, for the packet path.
  Result<> copy_fdb(const Document& document);
  // What apply() does between the deadline on disk and what is left of it after a failure.
  Result<Applied> put_in_force(Candidate& candidate, const Terms& terms);
  Result<int64_t> remember(const Candidate& candidate, const Allotments& allotments, const Terms& terms);
  Result<int64_t> remember_restored(const Candidate& candidate, const Allotments& allotments,
                                    const Terms& terms);
  Result<> write_restored_keys();   // what a restored revision brought goes into their files
  KeyFiles keys_with(std::shared_ptr<const KeyTable> held) const {
    return {paths_.state, Store::copy_of(paths_.state), std::move(held)};
  }
  void finish_restore(const Restoring& restoring, std::vector<std::string>& degraded);
  Result<int64_t> remember_stored(int64_t number, const Terms& terms);
  Result<int64_t> remember_again(const Revision& source, const Confirmation* waits, const Terms& terms);
  Result<Confirmation> confirmation_for(std::chrono::seconds length);
  void note_failure(const Revision& source, const Error& error);
  Result<int64_t> revision_to_go_back_to();
  void forget_back_trouble();
  Result<> take_up_confirmation();
  // What networks mean here, and what is allotted to them. `keep`: keys are made. `by_known`: without a look.
  Result<Allotments> settle(Candidate& candidate, bool keep, bool by_known = false);
  // What health and time make of services. `keep`: as of settle().
  void settle_services(Document& document, bool keep);
  Result<std::vector<std::string>> lead_all_anew();
  // The rules of the document in force, which has been changed by what happened. Answers the steps taken.
  Result<std::vector<std::string>> exchange_rules();
  Result<> put_opened(const std::vector<OpenedChange>& changes);
  Result<TakenPorts> taken_ports();
  Result<> put_leases(MappingBook::Leases before);
  Result<std::set<OpenedBy>> live_by_names(const std::set<OpenedBy>& over);
  // Only these are looked at. None: that has to be done for all.
  Result<std::optional<std::vector<std::string>>> lead_in_place(const std::set<std::string>& services);
  std::vector<ServiceChange> settle_in_place(const std::set<std::string>& services);
  struct Drained;
  Result<bool> drains_in_place(const DrainChange& change);
  Result<std::optional<Drained>> lead_drained(const DrainChange& change);
  Result<int64_t> remember_edit(const TextEdit& edit, const std::string& who, const std::string& why);
  Result<> change_containers(Containers next, const ContainerKey* added);   // null: none is added
  // What others do for the document in force: await what they make of an apply.
  void keep_others(bool await);
  Result<std::vector<std::string>> tear_down_others();
  void keep_routers(bool await);
  void keep_front(bool await);
  void keep_name();
  void keep_addresses();
  bool knows_machine() const;   // well enough for an edit
  bool runs() const { return ebpf_->loaded() || nft_->loaded(); }
  Result<std::vector<Revision>> to_take_up(bool runs);
  Result<std::vector<Revision>> to_boot();
  Result<> take_up(const Revision& stored);
  Result<> tell_newer();
  bool stay_closed();
  void hold(int64_t number);
  Result<> take_back_first();
  static void close_unread(const GatewayPaths& paths);
  void block(const Revision& newest);
  void unblock();
  void tell_degraded(std::vector<std::string> degraded);
  // What an apply that fails leaves as it was, beside what its steps changed.
  struct Before {
    std::array<bool, 2> loaded;   // of engines(), in their order
    EngineKind carries;
    EngineFindings findings;
  };
  Before before() const { return {{ebpf_->loaded(), nft_->loaded()}, carries_, findings_}; }
  std::unexpected<Error> give_up(Error cause, UndoList& undo, Before before);
  void finish_apply(const Document& document, std::vector<std::string>& degraded);

  std::optional<Store> store_;
  RtnlSocket rtnl_;
  KnownMachine known_;
  std::unique_ptr<EngineEbpf> ebpf_;
  std::unique_ptr<EngineNft> nft_;
  EngineKind carries_ = EngineKind::kEbpf;
  EngineFindings findings_;
  bool in_force_ = false;   // the document that is planned is the accepted one
  GatewayPaths paths_;
  std::optional<Candidate> current_;
  int64_t revision_ = 0;
  std::chrono::system_clock::time_point since_ = std::chrono::system_clock::now();
  std::vector<std::string> degraded_;
  std::vector<std::string> refused_;   // of revisions newer than the one that holds: why they cannot be had
  int64_t refused_for_ = 0;            // the one that holds meanwhile
  bool blocked_ = false, guard_may_be_ = true;
  std::shared_ptr<const KeyTable> held_keys_;   // that are in force, and not in their files yet
  std::string store_trouble_;                   // why nothing is kept at the moment; empty: it is
  std::string back_trouble_;                    // why what nobody confirmed is still there; empty: it is not
  Shortages shortages_;
  ServiceTimes service_times_;
  HealthBook health_;
  std::set<std::string> to_lead_;         // services some of whose backends are in another state
  std::array<std::string, 8> troubles_;   // by Trouble
  ResolverNews resolver_news_;
  NameBook names_;
  ContainerBook containers_;
  MappingNews mapping_news_;
  std::vector<CollectorNews> collectors_;
  MappingBook mappings_;
  QuotaBook quotas_;
  ReachKeeper reach_;
  Routers routers_;
  AddressKeeper addresses_;
  std::vector<MovedAddress> moving_;   // as the last plan said
  ClusterFacts cluster_;
  FrontKeeper front_;
  CertificateKeeper certificates_;
  NameKeeper name_;   // that follows the gateway
};

}   // namespace sluice
