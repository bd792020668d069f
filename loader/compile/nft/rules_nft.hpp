// SPDX-License-Identifier: GPL-2.0-or-later
// The document as chains, sets and maps of `table inet sluice`: pure, so it is tested without root. What each
// chain is for is told in docs/nftables.md.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "compile/common/numbered_rules.hpp"
#include "compile/nft/marks.hpp"
#include "model/document.hpp"
#include "model/observed.hpp"
#include "model/opened_change.hpp"

namespace sluice {

// A named set or map.
struct NftSet {
  std::string name;
  nlohmann::json kind;   // its declaration but for family, table and name
  bool counts = false;   // the kernel fills it: an apply never touches its rows
  bool opened = false;   // names open what it has: each element counts for itself in the digest
  bool keyed = false;    // elements are identified by `keys`, so that counters of others survive
  std::vector<std::string> elements;   // each as JSON; sorted
  std::vector<std::string> keys;       // where keyed: what deletes the element of the same place
  bool is_map() const { return kind.contains("map"); }
  bool has_ranges() const { return kind.contains("flags"); }
};

// A named counter or limit, that maps lead to.
struct NftObject {
  std::string kind, name;   // "counter"
  nlohmann::json says;      // its declaration but for family, table and name
  bool operator==(const NftObject&) const = default;
};

struct NftChain {
  std::string name;
  nlohmann::json hook;              // type, hook, prio, policy; null: reached by jump or goto
  std::vector<std::string> rules;   // each as JSON: an object with "expr" and perhaps "comment"
};

// A set with an element for each half-open connection to this target.
struct LimitedTarget {
  IpAddress address;
  uint16_t port = 0, vrf = 0;
  std::string set;
};

struct RulesNft {
  uint8_t generation = 1;     // see marks.hpp
  std::vector<NftSet> sets;   // in the order in which they are made
  std::vector<NftChain> chains;
  std::vector<NftObject>
      objects;                     // what they say is in their names: one that says something else is another
  std::vector<std::string> text;   // what libnftables' JSON cannot say, in nft's own language
  std::set<std::string> text_chains;      // whose rules stand there
  std::vector<LimitedTarget> half_open;   // whose half-open connections are counted
  std::vector<ZonePair> pairs;            // index is the number in a flow's mark; 0 is unused
  // What each is known by: a zone, and the other one with what becomes of sources on the way, "internet,
  // translated 4".
  std::vector<std::pair<std::string, std::string>> pair_names;
  std::set<uint16_t> asked_vrfs;   // packets to the gateway there may be answers of another VRF's flows
  std::shared_ptr<const NumberedRules>
      numbers;          // zones, objects and addresses by number, the same in each engine
  std::string digest;   // identity of all of it, the generation included
};

// The set of the addresses that names have opened, by number (compile/common/opened_addresses.hpp).
std::string name_of_opened(uint32_t set, Family family);
// The rules with what names have opened and closed since. Their numbers have no rows of it: those are for
// programs.
RulesNft with_opened(const RulesNft& rules, const std::vector<OpenedChange>& changes);
// What the comment of the identity set's element says.
std::string identity_text(uint8_t generation, std::string_view digest);

// The set whose only element says generation and digest in its comment: a set is read without reading the
// table.
inline constexpr std::string_view kNftIdentitySet = "identity";
// The digest of a table whose `text` is not in force yet: whoever finds it puts a whole one in its place.
inline constexpr std::string_view kNftUnfinished = "unfinished";

RulesNft compile_nft(const Document& document, const Observed& observed,
                     const std::vector<PlannedLink>& links, std::shared_ptr<const NumberedRules> numbers,
                     uint8_t generation);

// One transaction as libnftables JSON that makes the table what `after` says. `before` is what it is now;
// null: unknown or not there, and the whole table is replaced. Nothing outside the table is named.
std::string transaction(const RulesNft* before, const RulesNft& after);

// Whether the one can become the other by a difference: a set that is declared otherwise under the same name
// cannot be exchanged within one transaction.
bool is_changeable(const RulesNft& before, const RulesNft& after);

// What brings `text` in force, and says that the table is finished, in nft's own language: after
// transaction(). Empty: it is.
std::string text_transaction(const RulesNft* before, const RulesNft& after);

// "endpoint/home/phone/from": the counter of what was carried; `way`: "from" or "to".
std::string endpoint_counter(const std::string& endpoint, std::string_view way);
// The set of the addresses, by interface, that packets came from or went to that were dropped for the reason.
std::string dropped_of_endpoints(const std::string& reason, Family family);

// The name of a drop reason as it stands in chains and sets: "inside_address".
std::string drop_name(uint8_t reason);

}   // namespace sluice
