// SPDX-License-Identifier: GPL-2.0-or-later
#include "ceiling.hpp"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <net/ethernet.h>

#include <algorithm>
#include <cerrno>

#include "ceiling.skel.h"
#include "netns.hpp"

namespace sluice::bench {

namespace {

struct Closer {
  void operator()(ceiling_bpf* skeleton) const { ceiling_bpf__destroy(skeleton); }
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};

}   // namespace

struct Ceiling::Direction {
  std::unique_ptr<ceiling_bpf, Closer> programs;
  std::unique_ptr<bpf_link, Closer> attached;

  // From `device` towards the host `to`, out of `way_out`: frames of that type. In the gateway's namespace.
  static Result<std::unique_ptr<Direction>> make(const std::string& device, const std::string& way_out,
                                                 const EndConfig& to, uint16_t type);
};

Result<std::unique_ptr<Ceiling::Direction>> Ceiling::Direction::make(const std::string& device,
                                                                     const std::string& way_out,
                                                                     const EndConfig& to, uint16_t type) {
  auto made = std::make_unique<Direction>();
  made->programs.reset(ceiling_bpf__open_and_load());
  if (!made->programs) return fail_errno("load the bare redirect", errno);
  auto* macs = reinterpret_cast<uint8_t*>(made->programs->bss->macs);
  std::ranges::copy(to.mac, macs);
  std::ranges::copy(to.gateway_mac, macs + 6);
  made->programs->bss->type = htons(type);

  const uint32_t slot = 0, out_index = static_cast<uint32_t>(TRY(device_index(way_out)));
  if (bpf_map_update_elem(bpf_map__fd(made->programs->maps.way_out), &slot, &out_index, 0) < 0)
    return fail_errno("put " + way_out + " into the device map", errno);
  made->attached.reset(bpf_program__attach_xdp(made->programs->progs.ceiling, TRY(device_index(device))));
  if (!made->attached) return fail_errno("attach the bare redirect to " + device, errno);
  return made;
}

Ceiling::Ceiling(std::array<std::unique_ptr<Direction>, 2> directions) : directions_(std::move(directions)) {}
Ceiling::Ceiling(Ceiling&&) noexcept = default;
Ceiling::~Ceiling() = default;

Result<Ceiling> Ceiling::make(const LabConfig& lab) {
  const GatewayConfig& gateway = *lab.ceiling;
  const InNamespace there = TRY(InNamespace::enter(gateway.netns));
  const uint16_t type = lab.ipv6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP;
  auto outwards = TRY(Direction::make(gateway.inside_device, gateway.outside_device, lab.outside, type));
  auto inwards = TRY(Direction::make(gateway.outside_device, gateway.inside_device, lab.inside, type));
  return Ceiling({std::move(outwards), std::move(inwards)});
}

}   // namespace sluice::bench
