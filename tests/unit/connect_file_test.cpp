// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/connect_file.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace sluice {
namespace {

using nlohmann::json;

const ConnectFile kHomeFile{
    .name = "home",
    .tunnel = "[Interface]\nPrivateKey = x\n[Peer]\nEndpoint = 203.0.113.1:42000\n",
    .relays = {*parse_endpoint("203.0.113.1:42000"), *parse_endpoint("[2001:db8::1]:42007")},
    .stun = {{"stun.example.org", 3478}, {"192.0.2.1", 3479}}};

std::string with(const char* key, json value) {
  json text = json::parse(write_connect_file(kHomeFile));
  text[key] = std::move(value);
  return text.dump();
}

TEST(ConnectFile, IsReadAsItWasWritten) {
  const auto read = parse_connect_file(write_connect_file(kHomeFile));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->name, kHomeFile.name);
  EXPECT_EQ(read->tunnel, kHomeFile.tunnel);
  EXPECT_EQ(read->relays, kHomeFile.relays);
  EXPECT_EQ(read->stun, kHomeFile.stun);
}

TEST(ConnectFile, ATunnelThatRunsProgramsIsRefused) {
  for (const char* line :
       {"PostUp = x", "  preup=x", "PostDown\t= x", "PRE DOWN = x", "SaveConfig = true", "x\rPostUp = x"})
    EXPECT_FALSE(parse_connect_file(with("tunnel", kHomeFile.tunnel + line + "\n"))) << line;
  EXPECT_TRUE(parse_connect_file(with("tunnel", kHomeFile.tunnel + "# PostUp = x\n")));
}

TEST(ConnectFile, NonsenseIsRefused) {
  for (const json& name :
       {json("../etc"), json(""), json("a-name-that-is-too-long"), json("-x"), json(".x"), json(7), json()})
    EXPECT_FALSE(parse_connect_file(with("name", name))) << name;
  for (const json& relays : {json{"203.0.113.1"}, json{"example.org:1"}, json{7}, json("x"),
                             json(std::vector<std::string>(9, "192.0.2.1:1"))})
    EXPECT_FALSE(parse_connect_file(with("relays", relays))) << relays;
  for (const json& stun : {json{""}, json{"a b"}, json{"a\n"}, json{std::string(400, 'a')},
                           json(std::vector<std::string>(9, "a"))})
    EXPECT_FALSE(parse_connect_file(with("stun", stun))) << stun;
  EXPECT_FALSE(parse_connect_file(with("version", 2)));
  EXPECT_FALSE(parse_connect_file("{"));
  EXPECT_FALSE(parse_connect_file("[]"));
  EXPECT_FALSE(parse_connect_file(std::string(kMostConnectFileBytes + 1, ' ')));
}

}   // namespace
}   // namespace sluice
