// SPDX-License-Identifier: GPL-2.0-or-later
// Keeps the flows of the gateway that carries them now, as it tells of them (daemon/state_sender.hpp says
// how). For one that stands by.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "daemon/carriers.hpp"
#include "daemon/known_names.hpp"
#include "gateway/gateway.hpp"
#include "gateway/sent_flows.hpp"

namespace sluice {

class StateReceiver {
 public:
  StateReceiver(Gateway& gateway, KnownNames& names) : gateway_(gateway), names_(names) {}

  // What is to be answered; empty: nothing. Failure: it makes no sense, or cannot be kept.
  Result<std::string> heed(std::string_view piece);
  void forget();                            // nobody tells anything any more
  void note_leads();                        // this one tells the others from now on
  uint64_t left() const { return left_; }   // flows of the last time that all came, that could not be kept
  const std::string& why_left() const { return why_left_; }
  bool has_all() const { return has_all_; }   // that there were when somebody told of all, once
  // As the one that leads says; none: it did not.
  const std::optional<Carriers>& carriers() const { return carriers_; }

 private:
  Result<> keep(std::span<const std::string_view> texts);
  Result<> end(std::span<const std::string_view> texts);
  Result<> end_others();
  Result<std::string> keep_debts(uint64_t number, std::span<const std::string_view> texts);
  void leave(uint64_t flows, const std::string& why);

  Gateway& gateway_;
  KnownNames& names_;
  using Keys = std::unordered_set<FlowKey, HashOfFlowKey>;
  std::optional<Keys> came_;   // since "begin"
  uint64_t left_ = 0;
  std::string why_left_;
  bool has_all_ = false;
  std::optional<Carriers> carriers_;
};

}   // namespace sluice
