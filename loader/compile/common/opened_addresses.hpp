// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses that names have opened, apart from the rest of the rules: they come and go in the rules that are
// in force. So nothing of the document's own moves with them, and each counts for itself in the digest. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maps/rules.h"
#include "model/document.hpp"
#include "model/opened_change.hpp"

namespace sluice {

// A set that no document can name, and the policies whose destination it alone is, by place in the document.
struct OpenedSet {
  std::string name;
  std::vector<uint32_t> policies;
};

struct OpenedAddress {
  std::vector<uint32_t> sets;   // by number, from 0; sorted
  // Without them: the class of the longest prefix of the document that has it, which may be itself.
  sl_policy_class around{};
  bool is_of_document = false;
};
using OpenedMembers = std::map<IpAddress, OpenedAddress>;

struct OpenedAddresses {
  std::vector<OpenedSet> sets;
  OpenedMembers members;
  // Where their rows begin in policy_dest, and those of their classes in policy_bits. 0: no program looks
  // for them.
  uint32_t first_row = 0, first_class_row = 0;
  uint32_t chunks_of_class = 1;   // the most rows that a class may have
  uint64_t digest = 0;            // of the members: a sum of digest_of_opened(), modulo 2^64
};

// With the members that the document has.
OpenedAddresses opened_addresses(const Document& document);
std::optional<uint32_t> number_of_set(const OpenedAddresses& opened, std::string_view set);
uint64_t digest_of_opened(uint32_t set, const IpAddress& address);
// The sets that it is in then. Nothing: it is that already.
std::optional<std::vector<uint32_t>> changed_sets(const std::vector<uint32_t>& sets, uint32_t set,
                                                  bool opens);
std::vector<uint32_t> policies_of(const OpenedAddresses& opened, std::span<const uint32_t> sets);

struct PolicyTables;

// Its rows in policy_bits, and of which chunks they are.
struct ClassRows {
  uint32_t chunks = 0;
  std::vector<sl_policy_bits> rows;
};
// A class of the document with more policies.
ClassRows widened(const PolicyTables& tables, const sl_policy_class& around,
                  std::span<const uint32_t> policies);
// The class of the document's own row with this key; none: there is no such row.
std::optional<sl_policy_class> class_of_row(const PolicyTables& tables, const sl_prefix_key& key);
sl_prefix_key key_of_opened(const IpAddress& address);

// The rows of the members behind those of the document, with room for classes that come.
void put_opened_rows(PolicyTables& tables);
// The same tables with other members.
PolicyTables with_members(const PolicyTables& tables, OpenedMembers members);

}   // namespace sluice
