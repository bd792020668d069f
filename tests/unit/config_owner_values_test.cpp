// SPDX-License-Identifier: GPL-2.0-or-later
// Which values of a document are root's to put there.
#include <gtest/gtest.h>

#include "config/owner_values.hpp"

namespace sluice {
namespace {

constexpr std::string_view kBefore = R"({"version": 1, "interfaces": {},
  "networks": {"home": {"type": "secure-internet", "endpoints": {"box": {"type": "cpe", "key_file": "box.key"}}}},
  "front": {"certificates": [{"chain": "a.pem", "key": "a.key"}]}})";

std::string with(std::string_view from, std::string_view to) {
  std::string text(kBefore);
  return text.replace(text.find(from), from.size(), to);
}

std::string path_of_new(std::string_view text) { return new_owner_value(text, kBefore).value_or("none"); }

TEST(OwnerValues, WhatIsInForceMayStay) {
  EXPECT_EQ(path_of_new(kBefore), "none");
  EXPECT_EQ(path_of_new(with("\"interfaces\": {}", "\"interfaces\": {\"wan\": {\"zone\": \"internet\"}}")),
            "none");
  EXPECT_EQ(path_of_new(with("[{", "[/* the same again */ {\"chain\": \"a.pem\", \"key\": \"a.key\"}, {")),
            "none")
      << "parts of a list have no order";
  EXPECT_EQ(path_of_new(R"({"version": 1, "interfaces": {}})"), "none") << "less of it";
}

TEST(OwnerValues, AnotherFileIsFoundAndTheSameElsewhere) {
  EXPECT_EQ(path_of_new(with("box.key", "network-keys/home.key")), "networks.home.endpoints.box.key_file");
  EXPECT_EQ(path_of_new(with("\"box\"", "\"phone\"")), "networks.home.endpoints.phone.key_file");
  EXPECT_EQ(path_of_new(with("\"key_file\"", "\"preshared_key_file\"")),
            "networks.home.endpoints.box.preshared_key_file");
  EXPECT_EQ(path_of_new(with("\"a.key\"", "\"b.key\"")), "front.certificates[0].key");
  EXPECT_EQ(path_of_new(with("box.key", "b\\u006fx.key")), "none") << "another spelling of the same name";
}

TEST(OwnerValues, SoIsWhoIsShownAKeyOrDecides) {
  EXPECT_EQ(path_of_new(R"({"reachability": {"dynamic_dns": {"url": "https://a.example"}}})"),
            "reachability.dynamic_dns.url");
  EXPECT_EQ(path_of_new(R"({"cluster": {"store": {"etcd": ["https://a.example:2379"]}}})"),
            "cluster.store.etcd");
}

TEST(OwnerValues, NothingIsInForceYet) {
  EXPECT_EQ(new_owner_value(kBefore, ""), "front.certificates[0].chain");
  EXPECT_EQ(new_owner_value("{", ""), std::nullopt) << "broken, which others say";
}

}   // namespace
}   // namespace sluice
