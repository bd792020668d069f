// SPDX-License-Identifier: GPL-2.0-or-later
// What is known of how backends are, and what that makes of services. It is kept in a file, so that a daemon
// that starts goes on with it: what its rules say then is what was last in force.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "gateway/state_file.hpp"
#include "model/document.hpp"
#include "model/health.hpp"

namespace sluice {

struct KnownHealth {
  IpAddress address;   // that was asked: of another one nothing is known
  uint16_t port = 0;
  Health state = Health::kUnknown;
  std::chrono::system_clock::time_point since;
  std::string reason;
  std::optional<std::chrono::microseconds> latency;
  Health before = Health::kUnknown;   // the state: rules follow it a little later
};

// What the document says of new flows at an address: that it takes them, or drains, or that its underlay does
// not carry.
struct DeclaredState {
  MemberState says = MemberState::kServes;   // or kDraining, or kForbidden
  std::chrono::system_clock::time_point since;
  bool is_first = true;   // nothing else was said before, as far as this daemon knows
};

class HealthBook {
 public:
  static constexpr StateFileKind kFile{"health.json", size_t{16} << 20, "how backends are"};

  // In the state folder.
  explicit HealthBook(const std::filesystem::path& state);

  // Forgets others, and begins what is new. The targets get the state that they are in.
  void want(std::vector<HealthTarget>& targets);
  // Answers those that are in another state now; keep() is to write them down. Names that nobody wants are
  // passed over.
  std::vector<HealthChange> note(const HealthNews& news);
  // Into the file, if anything has changed since.
  void keep();
  // Those that nobody asks, and that are left or tried again (SignBook): these and no others.
  void take_left(std::map<std::string, KnownHealth> left) { left_ = std::move(left); }
  // nullptr: nobody asks it, and it was not left.
  const KnownHealth* find(const std::string& name) const;

  // The document, in force or about to be, as it was declared; `is_whole`: not a part of the services.
  void declare(const Document& document, bool is_whole);
  const DeclaredState* declared(const std::string& name) const;   // nullptr: there is no such address

  // Who is down serves no new flows, who stood by for it does; of a balance by latency the fast ones serve.
  // `keep`: the document is in force, or about to be; it may have a part of the services.
  void settle(Document& document, bool keep);
  // Marks the relay of the document that callers are told (gateway/relay_health.hpp), and logs another one.
  // Of a document without any nothing is said.
  void choose_relay(Document& document);
  // The services for which settle() would choose others by latency than it did.
  std::set<std::string> choosing_others(const Document& declared) const;

 private:
  using Names = std::set<std::string>;

  void judge(Balancing& balancing, const std::string& service) const;
  bool is_down(const Balancing& balancing, const std::string& name, const Member& member) const;
  Names fast_of(const Balancing& balancing, const std::string& service) const;

  StateFile file_;
  std::map<std::string, KnownHealth> known_, left_;
  std::map<std::string, DeclaredState> declared_;
  std::map<std::string, Names> fast_;   // that serve, by services with a balance by latency
  std::string told_relay_;
};

// What is to be asked: each address of each service with checks, of the document as it was declared.
// `device`: empty.
std::vector<HealthTarget> health_targets(const Document& declared);
// The VRFs of those that do not lie in the main one, by their names.
std::map<std::string, std::string> vrfs_of_members(const Document& declared);

}   // namespace sluice
