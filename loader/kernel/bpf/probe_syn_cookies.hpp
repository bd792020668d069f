// SPDX-License-Identifier: GPL-2.0-or-later
// Whether this kernel makes SYN cookies for BPF programs.
#pragma once

#include <string>

#include "kernel/probe_row.hpp"

struct bpf_object;

namespace sluice {

// A warning where it does not: documents that ask for them are refused.
ProbeRow probe_syn_cookies();

// The row as one sentence; empty: it does.
std::string refusal_of_syn_cookies();

// The programs call the helpers only where they are told that the kernel has them. Before they are loaded.
void tell_of_syn_cookies(bpf_object* object);

}   // namespace sluice
