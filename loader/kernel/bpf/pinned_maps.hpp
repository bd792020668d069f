// SPDX-License-Identifier: GPL-2.0-or-later
// Maps of an object that is about to be loaded, taken over from their pins.
#pragma once

#include <bpf/libbpf.h>

#include "kernel/bpf/pins.hpp"

namespace sluice {

// By libbpf's own reuse a DEVMAP never matches its pin (the kernel adds a flag to it), and tables that
// were sized for another amount of memory do not either: here only the rows' sizes must agree.
Result<> reuse_pinned_maps(const Pins& pins, bpf_object* object);

}   // namespace sluice
