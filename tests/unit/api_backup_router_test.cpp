// SPDX-License-Identifier: GPL-2.0-or-later
// Backups over the socket: who may, and what a request may be.
#include "api_fake_service.hpp"

namespace sluice {
namespace {

using BackupRouter = RouterTest;

TEST_F(BackupRouter, OnlyItsOwnerIsAnswered) {
  for (const char* target : {"/v1/backup", "/v1/restore"}) {
    const auto refused = ask("POST", target, R"({"backup": "x"})");
    EXPECT_EQ(refused.status, 403u);
    EXPECT_EQ(refused.body["error"]["kind"], "not_permitted");
    EXPECT_EQ(ask("GET", target).status, 405u);
  }
  EXPECT_TRUE(service.calls.empty());
  EXPECT_EQ(as_owner("/v1/backup", "{}").status, 200u);
}

// Documents of a cluster come from whoever writes to its etcd.
TEST_F(BackupRouter, NorDoesAMemberMakeTheGatewayANode) {
  constexpr const char* kJoin =
      R"({"name": "edge", "node": "gw1", "etcd": ["https://etcd1.example.org:2379"]})";
  EXPECT_EQ(ask("POST", "/v1/cluster/join", kJoin).status, 403u);
  EXPECT_EQ(ask("POST", "/v1/endpoints",
                R"({"network": "home", "name": "box", "type": "cpe", "key_file": "box.key"})")
                .status,
            403u);
  EXPECT_TRUE(service.calls.empty());
}

TEST_F(BackupRouter, ARestoreIsReadFieldByField) {
  EXPECT_EQ(
      as_owner(
          "/v1/restore",
          R"({"backup": "text", "map": ["a=b"], "dry_run": 1, "replace": 0, "confirm_seconds": 60, "why": "w"})")
          .status,
      200u);
  const RestoreRequest& asked = service.restores.at(0);
  EXPECT_EQ(asked.backup, "text");
  EXPECT_EQ(asked.names, std::vector<std::string>{"a=b"});
  EXPECT_TRUE(asked.dry_run && !asked.replace);
  EXPECT_EQ(asked.confirm_within, std::chrono::seconds(60));
  EXPECT_EQ(asked.who + asked.why, "rootw");
  for (const char* wrong :
       {R"({})", R"({"backup": "x", "dry_run": 2})", R"({"backup": "x", "confirm_seconds": 0})",
        R"({"backup": "x", "map": "a\nb"})", R"({"backup": "x", "passphrase": "p"})"})
    EXPECT_EQ(as_owner("/v1/restore", wrong).status, 400u) << wrong;
  EXPECT_EQ(as_owner("/v1/backup", R"({"passphrase": "p"})").status, 400u);
  EXPECT_EQ(service.restores.size(), 1u);
}

}   // namespace
}   // namespace sluice
