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
#include "gateway/backup.hpp"
#include "gateway/execute.hpp"
#include "gateway/front_keeper.hpp"
#include "gateway/health_book.hpp"
#include "gateway/key_files.hpp"
#include "gateway/name_book.hpp"
#include "gateway/restore.hpp"
#include "gateway/routers.hpp"
#include "gateway/services.hpp"
#include "gateway/shortages.hpp"
#include "kernel/bpf/probe.hpp"
#include "kernel/netlink/monitor.hpp"
#include "model/resolver_news.hpp"
#include "model/resolver_order.hpp"
#include "plan/plan_services.hpp"
#include "plan/planner.hpp"

namespace sluice {

struct GatewayPaths {
  std::filesystem::path state, pins;
  int64_t revisions_kept = kRevisionsKept;
  // Of routing daemons: gone with the machine's memory, as they are, and open to FRR's user. There is one
  // for each folder of pins.
  std::filesystem::path routers() const { return routers_of_pins(pins); }
};

struct Applied {
  int64_t revision = 0;
  std::vector<std::string> steps, notes, degraded;
};

class Gateway {
 public:
  // Opens what is on disk and pinned; changes nothing yet.
  static Result<std::unique_ptr<Gateway>> open(const GatewayPaths& paths);

  // A document that was checked, and the text that it was checked from.
  struct Candidate {
    Document document;   // with what its networks mean, once it is settled
    Revision source;     // without number and time
    std::shared_ptr<const Document>
        declared;                        // as it was before that; null: not settled, or nothing to settle
    std::vector<std::string> degraded;   // what its networks cannot have now
    std::shared_ptr<const Restoring> restoring = {};   // what comes with it from a backup; null: nothing
  };

  // How long it holds.
  struct Terms {
    std::optional<std::chrono::seconds> confirm_within;   // it is taken back unless somebody confirms it
    std::optional<RevisionVerdict> back;                  // a stored revision is gone back to
  };

  // Makes the machine match and keeps the document as a revision. Failure: the earlier state is back, and
  // what ran before still runs. What fails after the revision is kept is told as degraded, and tried again.
  // A source with a number is a revision that is stored already.
  Result<Applied> apply(Candidate candidate, const Terms& terms = {});
  // Applies a stored revision again. 0: the one before, or while one waits the one that was settled last.
  Result<Applied> roll_back(int64_t number, const std::string& who, const std::string& why);
  // The revision that waits is settled. Answers its number.
  Result<int64_t> confirm(const std::string& who, const std::string& why);
  // The one that waits to be confirmed.
  Result<std::optional<Confirmation>> confirmation() { return store_->confirmation(); }
  // Goes back where nobody confirmed in time; nullopt: nothing is due. Failure: the one that waits goes on.
  Result<std::optional<Applied>> take_back_unconfirmed();
  // What an apply of the document would do now. Changes nothing.
  Result<Plan> preview(const Document& document, std::shared_ptr<const Restoring> restoring = {});
  // All that this gateway is (gateway/backup.hpp). Secret. Failure also: nothing is in force yet.
  Result<Backup> backup();
  // What a restored document brings with it here.
  Result<std::shared_ptr<const Restoring>> restoring(Backup backup, const Document& document);

  // Takes up the stored document after a start; false: there is none. Where it cannot be put in force and
  // nothing runs yet, the newest earlier one that can be holds; where none can, its interfaces are closed.
  // Where rules run already, they are left as they are. All of that is told as degraded.
  Result<bool> resume();
  // Rules run, and the stored document that they are of cannot be put in force again.
  bool held() const { return !current_ && !blocked_ && !refused_.empty(); }
  // Interfaces are closed, because no revision could be put in force.
  bool blocked() const { return blocked_; }
  // The machine was changed by others: puts back what the document says. Answers the steps taken.
  Result<std::vector<std::string>> reconcile(const Change& change);
  // Keys of endpoints are being exchanged: somebody is to look at take_up_keys() until none is any more.
  bool rotating() const;
  std::vector<uint16_t> rotating_ports() const;   // of the networks where that is so
  // Gives the inner sources of each endpoint whose newest key was heard to that key. The old one is a peer
  // until the next reconcile(). Answers whether there was one.
  Result<bool> take_up_keys();
  // How long until flows of a service lose their time; somebody is to reconcile() then. None: none does.
  std::optional<std::chrono::milliseconds> service_time_left() const;
  // What is to be asked now, with the devices that are left by. Somebody is to ask, and to note() the
  // answers.
  Result<std::vector<HealthTarget>> health_targets();
  // Keeps it, logs what changed, and answers whether services lead elsewhere now: somebody is to lead_anew()
  // then.
  bool note_health(const HealthNews& news);
  // Those that are left by the signs alone, and what changed of that. Answers as note_health().
  bool note_left(std::map<std::string, KnownHealth> left, const std::vector<HealthChange>& changes);
  const HealthBook& health() const { return health_; }
  // Services lead where they do by the health of their backends. Answers the steps taken.
  Result<std::vector<std::string>> lead_anew();
  // Why nobody can be asked at the moment; empty: they are.
  void tell_health_trouble(std::string trouble);
  const std::string& health_trouble() const { return health_trouble_; }
  // Whom the resolver serves now; no zones: nobody. Somebody is to tell it, and to note() what it says.
  Result<ResolverOrder> resolver_order();
  // What clients are about to be told is open for their zones when this returns.
  Result<> open_names(const std::vector<LookUp>& look_ups);
  // Closes what is over and has no flows. Somebody is to call it again after name_time_left().
  Result<> close_names();
  std::optional<std::chrono::milliseconds> name_time_left() const;
  const NameBook& opened_names() const { return names_; }
  void note_resolver(ResolverNews news);
  const ResolverNews& resolver_news() const { return resolver_news_; }
  Result<uint32_t> gc();
  // Often enough for the shortest timeout, seldom enough to cost nothing: a look at every flow.
  std::chrono::seconds gc_interval() const;
  // Takes everything down and forgets it. What was removed, in sentences.
  Result<std::vector<std::string>> tear_down();

  const std::optional<Candidate>& current() const { return current_; }
  int64_t revision() const { return revision_; }
  std::chrono::system_clock::time_point since() const { return since_; }
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
  // Called, by any thread, when what others do for the gateway has to be looked at.
  void tell(const std::function<void()>& changed) {
    routers_.tell(changed);
    front_.tell(changed);
  }
  // Readable when somebody changed a table of nftables; -1: nobody listens yet.
  int table_changes_fd() const { return nft_->changes_fd(); }
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
  Result<std::vector<Revision>> revisions(int64_t limit) {
    return store_->list(limit);
  }   // see Store::list()
  // The newest that was good before that one.
  Result<int64_t> revision_before(int64_t number);
  Result<Revision> find_revision(int64_t number);   // failure: there is none (any more)
  // Of a revision: its document, with what is allotted to its networks, or what would be now.
  Result<Document> resolve(const Revision& revision);
  // A state directory that somebody removed or replaced is made anew, from the copy, and the copy from it.
  Result<> keep_store();
  // The rules that the document in force means on the machine as it was seen.
  NumberedRules rules(const Observed& seen) const;

 private:
  Gateway(Store store, RtnlSocket rtnl, std::unique_ptr<EngineEbpf> ebpf, GatewayPaths paths)
      : store_(std::move(store)),
        rtnl_(std::move(rtnl)),
        ebpf_(std::move(ebpf)),
        nft_(EngineNft::open()),
        paths_(std::move(paths)),
        health_(paths_.state),
        names_(paths_.state),
        routers_(paths_.routers()),
        front_(front_paths(paths_.state, paths_.pins)) {}
  Engine& of(EngineKind kind);
  std::array<Engine*, 2> engines() { return {ebpf_.get(), nft_.get()}; }
  Machine machine() { return {*ebpf_, *nft_, *store_, rtnl_}; }
  // Tries what the document lets choose from, and does not run already: eBPF, and where that is refused,
  // nftables.
  std::optional<std::string> try_ebpf(const Document& document, ProbeDepth depth) const;
  void find_out(const Document& document, std::optional<std::string> ebpf_refused);
  // What the machine lacks now of what the document says, by what find_out() found.
  Result<Plan> remaining(const Document& document, const SharedPolicyTables& policies);
  Result<std::vector<std::string>> not_carried(const Observed& seen, const Document& document);
  void know(const Plan& plan, const Document& document);
  // Performs what remains, round by round, until nothing does. Its sentences are added to `steps`.
  Result<Plan> converge(const Document& document, UndoList& undo, std::vector<std::string>& steps);
  // After converge() failed with programs that were loaded for the first time: by nftables, if they were the
  // reason; otherwise the failure itself.
  Result<Plan> fall_back(Result<Plan> failed, const Document& document, UndoList& undo,
                         std::vector<std::string>& steps);
  // The steps that converge() left for when the revision is stored. What fails is said in `degraded`.
  void end_other_engine(const Plan& end, std::vector<std::string>& steps, std::vector<std::string>& degraded);
  // What the kernel's VXLAN devices know of who is where, for the packet path.
  Result<> copy_fdb(const Document& document);
  // What apply() does between the deadline on disk and what is left of it after a failure.
  Result<Applied> put_in_force(Candidate& candidate, const Terms& terms);
  Result<int64_t> remember(const Candidate& candidate, const Allotments& allotments, const Terms& terms);
  Result<int64_t> remember_restored(const Candidate& candidate, const Allotments& allotments,
                                    const Terms& terms);
  // Keys that a restored revision brought go into their files.
  Result<> write_restored_keys();
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
  // What the networks mean on this machine now, and what is allotted to them. `keep`: keys are made.
  Result<Allotments> settle(Candidate& candidate, bool keep);
  // What health and time make of services. `keep`: as of settle().
  void settle_services(Document& document, bool keep);
  Result<std::vector<std::string>> lead_all_anew();
  // The rules of the document in force, which has been changed by what happened. Answers the steps taken.
  Result<std::vector<std::string>> exchange_rules();
  Result<std::set<OpenedBy>> live_by_names(const std::set<OpenedBy>& over);
  // Only these are looked at. None: that has to be done for all.
  Result<std::optional<std::vector<std::string>>> lead_in_place(const std::set<std::string>& services);
  std::vector<ServiceChange> settle_in_place(const std::set<std::string>& services);
  void keep_routers(bool await);
  void keep_front(bool await);
  Result<> find_devices(FrontPlan& plan);
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
  std::set<std::string> to_lead_;   // services some of whose backends are in another state
  std::string health_trouble_;
  ResolverNews resolver_news_;
  NameBook names_;
  Routers routers_;
  FrontKeeper front_;
};

}   // namespace sluice
