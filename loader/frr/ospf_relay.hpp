// SPDX-License-Identifier: GPL-2.0-or-later
// Packets of OSPF between a tunnel of the gateway and a device of another network namespace.
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "model/address.hpp"

namespace sluice {

class OspfRelay {
 public:
  // `device`: the tunnel, in the namespace of this process. Addresses are of IPv4.
  static Result<OspfRelay> open(const std::string& device, const IpAddress& own, const IpAddress& site);

  uint32_t mtu() const { return mtu_; }   // of the tunnel
  // Makes a device with this name and its end of it, in the namespace that the process is in now.
  Result<> make_device(std::string_view name);

  // To be waited for.
  int tunnel() const { return tunnel_.get(); }
  int device() const { return device_.get(); }
  // What has come. WireGuard gives a group to one peer: what is for all routers there goes to the site's
  // address.
  void carry_in();
  Result<> carry_out();   // failure: there is no such tunnel any more

 private:
  OspfRelay(UniqueFd tunnel, uint32_t own, uint32_t site, uint32_t mtu)
      : tunnel_(std::move(tunnel)), own_(own), site_(site), mtu_(mtu) {}

  UniqueFd tunnel_, device_;
  uint32_t own_, site_;   // network byte order
  uint32_t mtu_;
};

}   // namespace sluice
