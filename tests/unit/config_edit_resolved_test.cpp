// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "../support/parsed.hpp"
#include "config/config.hpp"

namespace sluice {
namespace {

TEST(WriteOutAllotted, PutsWhatWasAllottedWhereItBelongs) {
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
  Document resolved;
  resolved.networks = {work, home};
  EXPECT_EQ(write_out_allotted(text, "a.json", resolved).value(), R"({
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

TEST(WriteOutAllotted, SaysWhatPodsHave) {
  const std::string text = R"({
  "version": 1,
  "pods": {
    "ports": "30000-30100",
    "app1": { "services": [ { "name": "web", "port": 80, "publish": true }, { "name": "ssh", "port": 22 } ] },
    "app2": {},
    "app3": { "address": "10.101.0.9" }
  }
}
)";
  Document resolved;
  resolved.pods.resize(3);
  resolved.pods[0].name = "app1";
  resolved.pods[0].address = test::ip("10.101.0.3");
  resolved.pods[0].services = {{.name = "web", .publish = true, .outside_port = 30007}, {.name = "ssh"}};
  resolved.pods[1].name = "app2";
  resolved.pods[1].address = test::ip("10.101.0.5");
  resolved.pods[2].name = "app3";
  resolved.pods[2].address = test::ip("10.101.0.9");
  const std::string written = write_out_allotted(text, "a.json", resolved).value();
  EXPECT_EQ(written, R"({
  "version": 1,
  "pods": {
    "ports": "30000-30100",
    "app1": { "services": [ { "name": "web", "port": 80, "publish": true, "outside_port": 30007 }, { "name": "ssh", "port": 22 } ], "address": "10.101.0.3" },
    "app2": {
      "address": "10.101.0.5"
    },
    "app3": { "address": "10.101.0.9" }
  }
}
)");
  EXPECT_TRUE(check_document(written, "a.json"));
}

TEST(WriteOutAllotted, LeavesADocumentWithoutNetworksAsItIs) {
  EXPECT_EQ(write_out_allotted("{ \"version\": 1 } // x\n", "a.json", {}).value(),
            "{ \"version\": 1 } // x\n");
}

}   // namespace
}   // namespace sluice
