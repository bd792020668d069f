// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "../support/parsed.hpp"
#include "config/config.hpp"

namespace sluice {
namespace {

TEST(WriteOutNetworks, PutsWhatWasAllottedWhereItBelongs) {
  const std::string text = R"({
  "version": 1,
  "networks": {
    // the family
    "home": {
      "type": "secure-internet",
      "port": 51825,
      "endpoints": {
        "phone": { "type": "mobile" },   // Ann's
        "tablet": { "type": "mobile", "address": "10.100.0.6" }
      }
    },
    "work": { "type": "l2-mesh", "endpoints": {} }
  }
}
)";
  Network home{.name = "home", .subnet = Prefix::parse("10.100.0.0/29"), .port = 51825, .vcid = 12345678};
  home.zone = "home";
  home.vrf = "family";
  home.endpoints = {{.name = "phone", .address = test::ip("10.100.0.2")},
                    {.name = "tablet", .address = test::ip("10.100.0.6")}};
  home.mtu = 1300;
  home.told_mtu = 1400;
  Network work{.name = "work", .port = 51820};
  work.zone = work.vrf = "work";
  work.vni = 4096;
  work.told_mtu = 1380;
  EXPECT_EQ(write_out_networks(text, "a.json", {work, home}).value(), R"({
  "version": 1,
  "networks": {
    // the family
    "home": {
      "type": "secure-internet",
      "port": 51825,
      "endpoints": {
        "phone": { "type": "mobile", "address": "10.100.0.2" },   // Ann's
        "tablet": { "type": "mobile", "address": "10.100.0.6" }
      },
      "vcid": 12345678,
      "mtu": 1300,
      "subnet": "10.100.0.0/29",
      "zone": "home",
      "vrf": "family"
    },
    "work": { "type": "l2-mesh", "endpoints": {}, "port": 51820, "vni": 4096, "mtu": 1380, "zone": "work", "vrf": "work" }
  }
}
)");
}

TEST(WriteOutNetworks, LeavesADocumentWithoutNetworksAsItIs) {
  EXPECT_EQ(write_out_networks("{ \"version\": 1 } // x\n", "a.json", {}).value(),
            "{ \"version\": 1 } // x\n");
}

}   // namespace
}   // namespace sluice
