// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/ethtool/nic_settings.hpp"

#include <bpf/libbpf.h>
#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/unique_fd.hpp"
#include "kernel/netlink/attributes.hpp"
#include "kernel/netlink/generic.hpp"

namespace sluice {

namespace {

// Netlink does not tell it. A socket of any family answers, and the service may make none of IP.
std::string driver_of(const std::string& link) {
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ethtool_drvinfo about{.cmd = ETHTOOL_GDRVINFO};
  ifreq request{};
  link.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_data = reinterpret_cast<char*>(&about);
  if (!fd || ::ioctl(fd.get(), SIOCETHTOOL, &request) < 0) return {};
  return {about.driver, strnlen(about.driver, sizeof(about.driver))};
}

}   // namespace

Result<NicReader> NicReader::open() {
  RtnlSocket socket = TRY(RtnlSocket::open_generic());
  const auto family = TRY(find_family(socket, ETHTOOL_GENL_NAME));
  if (!family) return fail("ask for the settings of NICs: this kernel has no ethtool netlink");
  return NicReader(std::move(socket), *family);
}

Result<NicSettings> NicReader::read(const ObservedLink& link) {
  NicSettings nic{.driver = driver_of(link.name)};
  nic.cpus = static_cast<uint32_t>(std::max(libbpf_num_possible_cpus(), 0));
  const auto take = [&](const nlmsghdr& message) {
    if (message.nlmsg_type == family_) parse_settings(message, nic);
  };
  for (NlRequest (*request)(uint16_t, const ObservedLink&) : {channels_request, features_request})
    TRY(socket_.get_unless(request(family_, link), {EOPNOTSUPP, ENODEV}, take));
  return nic;
}

namespace {

struct Name {
  std::string_view text;   // as the kernel has it; `ethtool -k` has older names for some
  Offload NicSettings::*offload;
};
constexpr Name kNames[] = {{"rx-lro", &NicSettings::lro},
                           {"rx-gro-hw", &NicSettings::gro_hw},
                           {"rx-checksum", &NicSettings::rx_checksum},
                           {"rx-vlan-hw-parse", &NicSettings::rx_vlan},
                           {"rx-vlan-stag-hw-parse", &NicSettings::rx_service_vlan}};

NlRequest question(uint16_t family, uint8_t command, uint16_t header, const ObservedLink& link) {
  return NlRequest(family, 0, "ask for the settings of " + link.name)
      .header(genlmsghdr{.cmd = command, .version = ETHTOOL_GENL_VERSION})
      .nest(header,
            [&](NlRequest&& device) { std::move(device).u32(ETHTOOL_A_HEADER_DEV_INDEX, link.index); });
}

// Names the offloads that a set has. A set with a mask lists more than it has.
void mark(const Attributes& set, bool Offload::*what, NicSettings& nic) {
  const bool all = set.has(ETHTOOL_A_BITSET_NOMASK);
  for (const Attributes& bit :
       Attributes::list_in(set.bytes(ETHTOOL_A_BITSET_BITS), ETHTOOL_A_BITSET_BITS_BIT))
    for (const auto& [text, offload] : kNames)
      if (bit.text(ETHTOOL_A_BITSET_BIT_NAME) == text && (all || bit.has(ETHTOOL_A_BITSET_BIT_VALUE)))
        nic.*offload.*what = true;
}

void take_channels(const Attributes& said, NicSettings& nic) {
  nic.channels = said.u32(ETHTOOL_A_CHANNELS_COMBINED_COUNT).value_or(0);
  nic.max_channels = said.u32(ETHTOOL_A_CHANNELS_COMBINED_MAX).value_or(0);
}

void take_features(const Attributes& said, NicSettings& nic) {
  mark(said.nest(ETHTOOL_A_FEATURES_HW), &Offload::changeable, nic);
  mark(said.nest(ETHTOOL_A_FEATURES_ACTIVE), &Offload::on, nic);
}

}   // namespace

NlRequest channels_request(uint16_t family, const ObservedLink& link) {
  return question(family, ETHTOOL_MSG_CHANNELS_GET, ETHTOOL_A_CHANNELS_HEADER, link);
}

NlRequest features_request(uint16_t family, const ObservedLink& link) {
  return question(family, ETHTOOL_MSG_FEATURES_GET, ETHTOOL_A_FEATURES_HEADER, link);
}

void parse_settings(const nlmsghdr& message, NicSettings& nic) {
  const auto* header = fixed_part<genlmsghdr>(message);
  if (!header) return;
  const Attributes said = Attributes::of(message, sizeof(*header));
  if (header->cmd == ETHTOOL_MSG_CHANNELS_GET_REPLY) take_channels(said, nic);
  if (header->cmd == ETHTOOL_MSG_FEATURES_GET_REPLY) take_features(said, nic);
}

}   // namespace sluice
