// SPDX-License-Identifier: GPL-2.0-or-later
// A document for a machine whose devices are called otherwise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config.hpp"

namespace sluice {
namespace {

constexpr std::string_view kEverywhere = R"({
  "version": 1,
  // eth0 is the provider's
  "interfaces": {
    "eth0": { "zone": "eth0", "addresses": ["203.0.113.1/24"] },   // "eth0"
    "eth1.20": { "zone": "lan", "vlan": { "parent": "eth1", "id": 20 } },
    "br0": { "zone": "lan2", "bridge": { "members": ["eth2", "eth3"],
             "ports": { "eth2": { "untagged": 20 }, "br0": { "untagged": 20 } } } }
  },
  "limits": [ { "name": "a", "interface": "eth0", "per": "source", "rate": "1mbit" },
              { "name": "eth1", "interface": ["eth1.20", "eth0"], "per": "source", "rate": "1mbit" } ],
  "nat": { "forwards": [ { "name": "web", "listen": "eth0", "ports": 80, "to": "192.168.10.2:80" },
                         { "name": "other", "listen": "203.0.113.1", "ports": 81, "to": "192.168.10.2:80" } ] },
  "networks": { "eth2": { "type": "l2-mesh", "attach": ["eth4"] } }
})";

TEST(RenameDevices, ChangesNamesWhereverTheyStandAndNothingElse) {
  const DeviceMap names{{"eth0", "ens3"}, {"eth1", "ens4"}, {"eth1.20", "ens4.20"}, {"eth2", "eth3"},
                        {"eth3", "eth2"}, {"br0", "lan\""}, {"eth4", "e4"}};
  std::string expected(kEverywhere);
  const auto replace = [&](std::string_view before, std::string_view after) {
    const size_t at = expected.find(before);
    ASSERT_NE(at, std::string::npos) << before;
    expected.replace(at, before.size(), after);
  };
  replace("\"eth0\": {", "\"ens3\": {");
  replace("\"eth1.20\": {", "\"ens4.20\": {");
  replace("\"parent\": \"eth1\"", "\"parent\": \"ens4\"");
  replace("\"br0\": { \"zone\"", "\"lan\\\"\": { \"zone\"");
  replace("[\"eth2\", \"eth3\"]", "[\"eth3\", \"eth2\"]");
  replace("{ \"eth2\": { \"untagged\"", "{ \"eth3\": { \"untagged\"");
  replace("\"br0\": { \"untagged\"", "\"lan\\\"\": { \"untagged\"");
  replace("\"interface\": \"eth0\"", "\"interface\": \"ens3\"");
  replace("[\"eth1.20\", \"eth0\"]", "[\"ens4.20\", \"ens3\"]");
  replace("\"listen\": \"eth0\"", "\"listen\": \"ens3\"");
  replace("[\"eth4\"]", "[\"e4\"]");
  EXPECT_EQ(rename_devices(kEverywhere, "a.json", names).value(), expected);
}

TEST(RenameDevices, KnowsAllThatADocumentNames) {
  EXPECT_THAT(devices_in(kEverywhere, "a.json").value(),
              testing::ElementsAre("br0", "eth0", "eth1", "eth1.20", "eth2", "eth3", "eth4"));
}

TEST(PutKeyFile, OfANetworkOrAnEndpoint) {
  const std::string_view text =
      R"({"networks": {"n": {"key_file": "/a", "endpoints": {"e": {"key_file": "/b", "preshared_key_file": "/c"}}}}})";
  EXPECT_EQ(
      put_key_file(text, "x", "n", "", "key_file", "k").value(),
      R"({"networks": {"n": {"key_file": "k", "endpoints": {"e": {"key_file": "/b", "preshared_key_file": "/c"}}}}})");
  EXPECT_EQ(
      put_key_file(text, "x", "n", "e", "preshared_key_file", "k").value(),
      R"({"networks": {"n": {"key_file": "/a", "endpoints": {"e": {"key_file": "/b", "preshared_key_file": "k"}}}}})");
  EXPECT_EQ(put_key_file(text, "x", "other", "e", "key_file", "k").value(), text);
}

}   // namespace
}   // namespace sluice
