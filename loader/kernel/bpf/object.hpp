// SPDX-License-Identifier: GPL-2.0-or-later
// The BPF objects in this binary, as the compiler wrote them, and what libbpf makes of them.
#pragma once

#include <bpf/libbpf.h>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/result.hpp"

namespace sluice {

// An object file that libbpf has opened, closed with its owner.
struct CloseObject {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};
using BpfObject = std::unique_ptr<bpf_object, CloseObject>;

std::span<const std::byte> tc_object();
std::span<const std::byte> xdp_object();
std::span<const std::byte> gc_object();
std::span<const std::byte> explain_object();
// Identity of the programs in this binary.
std::string available_build();

// Which of the kernel's types an object may ask for: those of packets' programs alone (kernel_types.hpp), or
// also those of the programs that print.
enum class KernelTypes { kOfPackets, kAll };

// Not loaded yet. Maps that are shared by their pins have them under that folder; nullptr: nowhere.
Result<BpfObject> open_tc_object(const char* pin_root, KernelTypes types = KernelTypes::kOfPackets);
// What the daemon runs itself. Not loaded yet; maps that are shared by their pins have them nowhere in
// particular.
Result<BpfObject> open_gc_object();
// What `explain` asks. As above.
Result<BpfObject> open_explain_object();
// Of its programs these alone are for the verifier.
void choose_programs(bpf_object* object, std::span<const char* const> names);
// Those that print tables when their pins in text/ are read. An extra: kernels that are locked down may
// refuse them, and carry traffic all the same.
inline constexpr std::array kPrinters{"sluice_flows4", "sluice_flows6"};
// All but those.
void leave_out_printers(bpf_object* object);
// Fails with what the kernel says, and with what helps.
Result<> load_object(bpf_object* object);

}   // namespace sluice
