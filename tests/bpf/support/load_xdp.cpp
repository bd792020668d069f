// SPDX-License-Identifier: GPL-2.0-or-later
#include "load_xdp.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <memory>

#include "kernel/bpf/libbpf_log.hpp"
#include "kernel/bpf/pins.hpp"
#include "xdp.skel.h"

namespace sluice::test {
namespace {

struct Destroy {
  void operator()(xdp_bpf* skeleton) const { xdp_bpf__destroy(skeleton); }
};

}   // namespace

Result<UniqueFd> load_xdp(const Pins& pins) {
  LibbpfLog log;
  LIBBPF_OPTS(bpf_object_open_opts, options, .pin_root_path = pins.dir().c_str());
  const std::unique_ptr<xdp_bpf, Destroy> skeleton(xdp_bpf__open_opts(&options));
  if (!skeleton) return fail_errno("open the XDP program", errno);
  TRY(reuse_pinned_maps(pins, skeleton->obj));
  if (const int rc = xdp_bpf__load(skeleton.get()))
    return fail_errno("load the XDP program (" + log.reason() + ")", -rc);
  return UniqueFd(dup(bpf_program__fd(skeleton->progs.sluice_xdp)));
}

}   // namespace sluice::test
