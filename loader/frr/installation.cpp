// SPDX-License-Identifier: GPL-2.0-or-later
#include "frr/installation.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace sluice {
namespace {

constexpr const char* kRemedy = "install the package frr";

}   // namespace

Result<UserIds> find_frr_user() {
  if (const auto ids = find_user(kFrrUser)) return *ids;
  return fail(fmt::format("there is no user {}: {}", kFrrUser, kRemedy));
}

Result<std::string> find_frr_program(std::string_view name) {
  for (const char* folder : {"/usr/lib/frr", "/usr/libexec/frr", "/usr/sbin"}) {
    std::string path = fmt::format("{}/{}", folder, name);
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return fail(fmt::format("{} is not installed: {}", name, kRemedy));
}

ProbeRow probe_frr() {
  ProbeRow row{.name = "frr", .state = ProbeState::kWarning};
  row.remedy = kRemedy;
  row.gain =
      "sites of an l3vpn network can say by BGP or OSPF what is behind them, and routers where a cluster is";
  for (const char* name : {"bgpd", "ospfd", "zebra", "staticd"}) {
    if (find_frr_program(name)) continue;
    row.finding = fmt::format("{} of FRR is not installed", name);
    row.reason = "it is not in /usr/lib/frr, /usr/libexec/frr or /usr/sbin";
    return row;
  }
  if (!find_frr_user()) {
    row.finding = fmt::format("there is no user {}", kFrrUser);
    row.reason = "what reads packets of sites is not run as root";
    return row;
  }
  return {"frr", ProbeState::kGood, "FRR is installed, and speaks BGP and OSPF with sites", "", "", ""};
}

}   // namespace sluice
