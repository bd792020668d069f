// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/ethtool/nic_settings.hpp"

#include <bpf/libbpf.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/unique_fd.hpp"
#include "kernel/ethtool/messages.hpp"

namespace sluice {
namespace {

// Netlink does not tell it.
std::string driver_of(const std::string& link) {
  const UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
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
  std::optional<uint16_t> family;
  TRY(socket.get_unless(ethtool_family_request(), {ENOENT},
                        [&](const nlmsghdr& message) { family = parse_family(message); }));
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

}   // namespace sluice
