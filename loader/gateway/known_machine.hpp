// SPDX-License-Identifier: GPL-2.0-or-later
// What the last look found of the machine, and what sluice has done to it since: a pod that comes among a
// thousand takes no look at the others. What somebody else does brings a look at all of it within a second.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gateway/execute.hpp"
#include "gateway/peer_book.hpp"
#include "kernel/netlink/link_table.hpp"
#include "model/observed.hpp"
#include "plan/step.hpp"

namespace sluice {

class KnownMachine {
 public:
  explicit KnownMachine(const std::filesystem::path& state) : peers_(state) {}

  // Until it ends, looks go by one list of the devices. Where none can be had, by one each.
  class OneList {
   public:
    explicit OneList(KnownMachine& known);
    OneList(const OneList&) = delete;
    OneList& operator=(const OneList&) = delete;
    ~OneList() { known_.links_.reset(); }

   private:
    KnownMachine& known_;
  };
  // Until it ends, what is looked at is looked at for another document: what is known stays what it was.
  class Aside {
   public:
    explicit Aside(KnownMachine& known)
        : known_(known), seen_(std::exchange(known.seen_, {})), is_whole_(known.is_whole_) {}
    Aside(const Aside&) = delete;
    Aside& operator=(const Aside&) = delete;
    ~Aside() {
      known_.seen_ = std::move(seen_);
      known_.is_whole_ = is_whole_;
    }

   private:
    KnownMachine& known_;
    Observed seen_;
    bool is_whole_;
  };
  LinkTable* links() { return links_ ? &*links_ : nullptr; }   // null: there is no such list

  void note(Observed seen);   // all of it was looked at
  void note_main_routes(std::vector<RouteRow> routes) { seen_.main_routes = std::move(routes); }
  // Before it is changed in a way that is not followed.
  void lose() { is_whole_ = false; }
  bool is_whole() const { return is_whole_; }
  Observed& seen() { return seen_; }
  const Observed& seen() const { return seen_; }
  // An edit went by what is known.
  void note_edit() { edited_ = std::chrono::steady_clock::now(); }
  std::chrono::steady_clock::time_point edited() const { return edited_; }
  // Looks find what endpoints have carried.
  PeerBook& peers() { return peers_; }
  const PeerBook& peers() const { return peers_; }

  bool can_follow(std::span<const Step> steps) const;
  // These were performed: what they are about is looked at.
  Result<> follow(Machine& machine, std::span<const Step> steps);

 private:
  std::optional<LinkTable> links_;
  Observed seen_;
  bool is_whole_ = false;
  std::chrono::steady_clock::time_point edited_{};
  PeerBook peers_;
};

// Whether what they do may lead to other steps.
bool may_lead_on(std::span<const Step> steps);

}   // namespace sluice
