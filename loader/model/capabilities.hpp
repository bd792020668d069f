// SPDX-License-Identifier: GPL-2.0-or-later
// What each engine can do with each key of the document, and what a document asks that an engine cannot do.
// The table itself is in capability_table.hpp; docs/engines.md is made from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/document.hpp"

namespace sluice {

enum class EngineKind : uint8_t { kEbpf, kNftables };
inline constexpr EngineKind kEngineKinds[] = {EngineKind::kEbpf, EngineKind::kNftables};

std::string_view to_string(EngineKind kind);   // as the document spells it: "ebpf", "nftables"

// The way to a value: keys of objects and indexes of lists.
using KeyPath = std::vector<std::variant<std::string, size_t>>;
std::string to_string(const KeyPath& path);   // nat.forwards[2].to; interfaces["eth1.20"].hook

// One thing that a document asks and an engine cannot do.
struct Lack {
  KeyPath path;
  std::string reason;            // "20,000 policies are more than the 16,384 of the ebpf engine"
  std::vector<EngineKind> can;   // who can; may be empty
};

// Everything that this engine cannot do, in the order of the table; empty: it can do all of it.
std::vector<Lack> lacks(const Document& document, EngineKind engine);

std::string who_can(const Lack& lack);    // "the ebpf engine can", "no engine can"
std::string sentence(const Lack& lack);   // "PATH: REASON (WHO CAN)"

}   // namespace sluice
