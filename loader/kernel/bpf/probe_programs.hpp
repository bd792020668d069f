// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel does for programs: found by loading them, or by asking for one helper.
#pragma once

#include <string>

#include "kernel/probe.hpp"

struct bpf_object;

namespace sluice {

// The product's own BPF objects, loaded with tables of one row, pinned nowhere and attached to nothing.
struct Attempt {
  int error = 0;       // errno; 0: it worked
  std::string words;   // of libbpf and the verifier; may be empty
};

struct TcAttempts {
  Attempt load;   // of all but those that print
  Attempt run;   // of the engine's clock, in the way in which its garbage collector is run; only after a load
};

TcAttempts try_tc_programs();
Attempt try_xdp_program();

// Those that print tables. kWarning: traffic is carried without them.
ProbeRow probe_text();

// Whether a program may ask a routing table by its number, which VRFs need. Found by asking. kWarning:
// everything but VRFs works.
ProbeRow probe_tables();

// The sentence why eBPF cannot carry VRFs here; empty: it can.
std::string refusal_of_tables();

// Whether this kernel makes SYN cookies for BPF programs. A warning where it does not: documents that ask for
// them are refused.
ProbeRow probe_syn_cookies();

// The row as one sentence; empty: it does.
std::string refusal_of_syn_cookies();

// The programs call the helpers only where they are told that the kernel has them. Before they are loaded.
void tell_of_syn_cookies(bpf_object* object);

}   // namespace sluice
