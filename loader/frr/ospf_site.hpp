// SPDX-License-Identifier: GPL-2.0-or-later
// The process that keeps the daemons of FRR which speak OSPF with one site of a network. They live in a
// network namespace of their own, where zebra can change nothing of the machine's, with a device to the site
// in it. What the process carries between that device and the tunnel are packets of OSPF from and to the
// site, and nothing else. When it ends, so do they; when one of them ends, so does it.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "model/address.hpp"

namespace sluice {

struct OspfSite {
  std::string device;                     // the network's tunnel
  IpAddress own, site;                    // IPv4 addresses in it
  std::filesystem::path folder, config;   // of sockets, which FRR's user may write into; of the daemons
  bool in_background = false;             // answers when the daemons run, and leaves the process behind
};

// Files of its folder.
inline constexpr const char* kOspfPidFile = "site.pid";
inline constexpr const char* kOspfSocket = "ospfd.vty";
inline constexpr const char* kStaticSocket = "staticd.vty";

// What the command line of sluiced says: kOspfVerb DEVICE OWN SITE FOLDER CONFIG [kInBackground].
inline constexpr const char* kOspfVerb = "ospf-site";
inline constexpr const char* kInBackground = "--background";

// Where it is not in the background it answers when the process has ended.
Result<> run_ospf_site(const OspfSite& site);

}   // namespace sluice
