// SPDX-License-Identifier: GPL-2.0-or-later
// Asks an authority for the certificates that the front is to have, and for new ones in time. A thread of its
// own waits for what it answers; the front takes what it writes up as it takes files of others.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "acme/ledger.hpp"
#include "acme/order.hpp"
#include "gateway/front_keeper.hpp"
#include "gateway/worker.hpp"

namespace sluice {

// A certificate that is served, or a name that has none yet.
struct CertificateRow {
  std::vector<std::string> names;
  std::string source;   // a file, or the directory of an authority
  std::string fingerprint;
  std::optional<WallTime> begins, ends, renewal;   // none: there is none; nobody renews it here
  bool is_served = false, is_ordered = false;
  unsigned failures = 0;
  std::string error;
};

class CertificateKeeper {
 public:
  CertificateKeeper(FrontPaths paths, std::string instance, FrontKeeper& front);

  // This from now on.
  void want(const FrontPlan& plan);
  // Called by the thread when troubles are others than before.
  void tell(std::function<void()> changed);

  std::vector<std::string> troubles() const;   // sentences
  std::vector<CertificateRow> rows() const;

  // At once, whatever stands in its way. Failure: the name is none that is asked for.
  Result<> renew(const std::string& name);
  // The certificate in force is declared invalid, and a new one is asked for.
  Result<> revoke(const std::string& name);

  // Certificates, accounts and what is remembered of orders go.
  void tear_down();
  static void erase(const FrontPaths& paths);

 private:
  struct Due {
    OrderedName name;
    WallTime at;
  };
  struct Wish {
    Acme acme;
    OrderedName name;
    bool trial = false, revokes = false;
  };
  struct OwnCertificate {
    std::string fingerprint, chain;
    WallTime begins, ends;
  };

  std::optional<Worker::Clock::time_point> look(const std::stop_token& stop);
  void serve_due(const Due& due, std::unique_lock<std::mutex>& lock);
  void note(const Wish& wish, const Result<>& done);
  void save();
  std::optional<Due> next_due();
  WallTime due_at(const OrderedName& one, WallTime now);
  bool is_of_a_file(const std::string& name) const;
  const std::optional<OwnCertificate>& own(const std::string& name);
  Result<> find_ordered(const std::string& name) const;

  // certificate_orders.cpp: of the thread, without the lock.
  Result<> place(const Wish& wish);
  Result<> order(const Wish& wish);
  Result<> revoke_now(const Wish& wish);
  Result<AcmeOrder> order_of(const Wish& wish) const;
  Result<AcmeOutcome> converse(const AcmeOrder& order, const Wish& wish);
  Result<AcmeOutcome> hear(const AcmeOrder& order, int socket);
  bool answers(const AcmeChallenge& challenge);
  Result<> take(const std::string& name, const std::string& chain, const std::string& key);
  std::filesystem::path account_file(const std::string& directory) const;

  FrontPaths paths_;
  std::string instance_;
  FrontKeeper& front_;

  mutable std::mutex mutex_;
  std::optional<Acme> acme_;
  std::vector<OrderedName> ordered_;
  bool has_files_ = false;   // of others, in the document
  AcmeLedger ledger_;
  std::map<std::string, std::optional<OwnCertificate>>
      own_;   // that were ordered, as they were read or written
  std::set<std::string> at_once_, to_revoke_;
  std::function<void()> changed_;
  std::stop_token stop_;                            // of the thread
  std::map<std::string, std::string> challenges_;   // the same
  AcmeOutcome last_;                                // the same
  Worker worker_;                                   // behind all that it uses
};

}   // namespace sluice
