// SPDX-License-Identifier: GPL-2.0-or-later
// One thing that was tried on this machine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

class RtnlSocket;

enum class ProbeState { kGood, kWarning, kBad };   // kWarning: it works, but less well

struct ProbeRow {
  std::string name;   // "programs"
  ProbeState state = ProbeState::kGood;
  std::string finding;   // what was tried and what came of it
  std::string reason;    // the kernel's or the verifier's words, cut to the lines that tell; empty: none
  std::string remedy;    // what the operator can change; empty: nothing to change
  std::string gain;      // what he gains by it
};

// What an engine needs, tried one after the other.
struct Probe {
  std::vector<ProbeRow> rows;
  bool usable() const;   // no row is bad
  // The first row that is bad as one sentence, the cause before its consequences; empty: usable.
  std::string refusal() const;
};

// Whether the kernel can make devices of this kind, found out by asking for one that cannot be: "bridge",
// "vlan", "vxlan", "gretap", "vrf", or "vlan-filter" of bridges. A missing kind is a warning: documents that
// want it are refused; VRFs work without.
// Not "gretap", which is asked for where a document wants it: its module puts devices of its own (gre0, ...)
// into every namespace, and a look at the machine leaves nothing there.
inline constexpr std::string_view kLinkKinds[] = {"bridge", "vlan-filter", "vlan", "vxlan", "vrf"};
ProbeRow probe_link_kind(RtnlSocket& rtnl, std::string_view kind);

// The row as one sentence; empty: it can be made.
std::string refusal_of(const ProbeRow& row);

}   // namespace sluice
