// SPDX-License-Identifier: GPL-2.0-or-later
// What the driver of a network device says of itself: who it is, its queues, its receive offloads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "kernel/netlink/request.hpp"
#include "kernel/netlink/socket.hpp"
#include "model/observed.hpp"

namespace sluice {

struct Offload {
  bool on = false;
  bool changeable = false;   // `ethtool -K` can; otherwise it shows "[fixed]"
};

struct NicSettings {
  std::string driver;                        // "virtio_net"; empty: it does not say
  uint32_t channels = 0, max_channels = 0;   // pairs of queues ("combined"); 0: it has none or does not say
  uint32_t cpus = 0;   // that may ever be there, by which drivers count their queues; 0: not known
  Offload lro, gro_hw, rx_checksum;
  Offload rx_vlan, rx_service_vlan;   // take 802.1Q and 802.1ad tags off, and lay them beside the frame
  bool hides_tags() const { return rx_vlan.on || rx_service_vlan.on; }   // from XDP
};

// By generic netlink and an ioctl, so of the network namespace that it was opened in, wherever /sys belongs.
// Needs no privilege. One thread at a time.
class NicReader {
 public:
  static Result<NicReader> open();
  // What a driver does not know of stays as it is in a new NicSettings; a device that went fails nothing.
  Result<NicSettings> read(const ObservedLink& link);

 private:
  NicReader(RtnlSocket socket, uint16_t family) : socket_(std::move(socket)), family_(family) {}

  RtnlSocket socket_;
  uint16_t family_;
};

// Questions to the kernel's ethtool, and what its answers say. Pure.

NlRequest channels_request(uint16_t family, const ObservedLink& link);
NlRequest features_request(uint16_t family, const ObservedLink& link);
// An answer to either: fills what it says and leaves the rest as it is.
void parse_settings(const nlmsghdr& message, NicSettings& nic);

}   // namespace sluice
