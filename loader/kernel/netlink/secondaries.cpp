// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/secondaries.hpp"

#include <algorithm>

#include "kernel/netlink/addresses.hpp"
#include "kernel/sysctl/sysctl.hpp"

namespace sluice {

namespace {

bool shares_subnet(const InterfaceAddress& one, const InterfaceAddress& other) {
  return one.length == other.length && one.address != other.address && Prefix::of(one) == Prefix::of(other);
}

}   // namespace

Result<KeptSecondaries> KeptSecondaries::of(RtnlSocket& rtnl, const std::string& link, uint32_t index,
                                            const InterfaceAddress& address) {
  const auto beside = [&](const LinkAddress& found) {
    return found.index == index && shares_subnet(address, found.address.address);
  };
  if (!address.address.is_ipv4()) return KeptSecondaries(std::nullopt);
  if (std::ranges::none_of(TRY(list_addresses(rtnl)), beside)) return KeptSecondaries(std::nullopt);

  const std::string path = "net/ipv4/conf/" + link + "/promote_secondaries";
  if (TRY(read_sysctl(path)) != "0") return KeptSecondaries(std::nullopt);
  TRY(write_sysctl(path, "1"));
  return KeptSecondaries(path);
}

// A failure here has no one to be told to and costs nothing: the device is gone, or keeps a setting
// that only ever preserves addresses.
KeptSecondaries::~KeptSecondaries() {
  if (path_) static_cast<void>(write_sysctl(*path_, "0"));
}

}   // namespace sluice
