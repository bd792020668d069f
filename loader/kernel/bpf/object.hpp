// SPDX-License-Identifier: GPL-2.0-or-later
// A BPF object file that libbpf has opened, closed with its owner.
#pragma once

#include <bpf/libbpf.h>

#include <memory>

namespace sluice {

struct CloseObject {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};
using BpfObject = std::unique_ptr<bpf_object, CloseObject>;

}   // namespace sluice
