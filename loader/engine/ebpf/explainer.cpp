// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/explainer.hpp"

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <cerrno>

namespace sluice {

// What nobody else has a pin of is its own.
Result<Explainer> Explainer::open(const Pins& pins) {
  BpfObject object = TRY(open_explain_object());
  TRY(reuse_pinned_maps(pins, object.get()));
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object.get()) bpf_map__set_pin_path(map, nullptr);
  TRY(load_object(object.get()));
  return Explainer(std::move(object));
}

Result<sl_explained> Explainer::ask(std::span<const uint8_t> packet, uint32_t ifindex, bool as_new) const {
  __sk_buff context{};
  context.ifindex = ifindex;
  context.mark = as_new;
  LIBBPF_OPTS(bpf_test_run_opts, options);
  options.data_in = packet.data();
  options.data_size_in = static_cast<uint32_t>(packet.size());
  options.ctx_in = &context;
  options.ctx_size_in = sizeof(context);
  options.repeat = 1;
  const bpf_program* program = bpf_object__find_program_by_name(object_.get(), "sluice_explain");
  if (const int rc = bpf_prog_test_run_opts(bpf_program__fd(program), &options); rc)
    return fail_errno("run the program that explains", -rc);
  const uint32_t row = 0;
  sl_explained told{};
  const int table = bpf_object__find_map_fd_by_name(object_.get(), "explained");
  if (options.retval != 0 || bpf_map_lookup_elem(table, &row, &told) != 0)
    return fail("the program that explains has no memory to tell by");
  return told;
}

}   // namespace sluice
