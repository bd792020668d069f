// SPDX-License-Identifier: GPL-2.0-or-later
// Settings of a NIC, of its hypervisor or of its other end that XDP needs or gains by. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernel/ethtool/nic_settings.hpp"
#include "model/observed.hpp"

namespace sluice {

struct NicFinding {
  std::string_view setting;   // "queues", "offloads", "checksums", "mtu"
  std::string finding, remedy, gain;
};
using NicFindings = std::vector<NicFinding>;

NicFindings judge_xdp_in_use(const ObservedLink& link, const NicSettings& nic);
// `refusal`: the failure of attach_xdp. Empty where no setting would help.
NicFindings judge_xdp_refused(const ObservedLink& link, const NicSettings& nic, std::string_view refusal);
// Where the document asks for tc: what XDP would certainly be refused for.
NicFindings judge_xdp_untried(const NicSettings& nic);

}   // namespace sluice
