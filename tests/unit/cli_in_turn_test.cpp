// SPDX-License-Identifier: GPL-2.0-or-later
// Edits at a node of a cluster, of which others were made first.
#include "cli_rig.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

constexpr int kMade = 0, kRolledBack = 7;

struct EditsInTurn : CliTest {
  size_t asked = 0;

  // The first one comes to nothing, and the second is the gateway's alone.
  EditsInTurn() {
    auto& service = daemon.service;
    service.answers.insert({"history", json{{"history", json::array()}}});
    service.answers.insert(
        {"add_forward", json{{"revision", 5}, {"steps", json::array()}, {"cluster", {{"id", "own"}}}}});
    service.before_answer = [this](std::string_view call) {
      if (call == "add_forward" && ++asked == 2)
        daemon.service.answers.insert_or_assign(
            std::string(call), json{{"name", "web"}, {"revision", 6}, {"steps", json::array()}});
    };
  }
  Ran add(json refused) {
    daemon.service.answers.insert_or_assign(
        "cluster_status", json{{"id", "another"}, {"nodes", json::array()}, {"refused", std::move(refused)}});
    return run(
        {"forward", "add", "web", "--listen", "203.0.113.1", "--ports", "80", "--to", "192.168.10.7:80"});
  }
  static json refused(const char* id) { return {{"id", id}, {"why", "another change is being made"}}; }
};

TEST_F(EditsInTurn, what_nobody_tried_is_asked_for_again) {
  const auto ran = add(json::array({refused("own")}));
  EXPECT_EQ(ran.status, kMade) << ran.err;
  EXPECT_EQ(asked, 2u);
  EXPECT_NE(ran.err.find("another change was made first: once more"), std::string::npos) << ran.err;
}

TEST_F(EditsInTurn, also_where_more_of_this_node_came_to_nothing_since) {
  const auto ran = add(json::array({refused("later"), refused("own")}));
  EXPECT_EQ(ran.status, kMade) << ran.err;
  EXPECT_EQ(asked, 2u);
}

TEST_F(EditsInTurn, what_was_tried_is_not) {
  const auto ran = add(json::array({refused("later")}));
  EXPECT_EQ(ran.status, kRolledBack) << ran.err;
  EXPECT_EQ(asked, 1u);
}

}   // namespace
}   // namespace sluice::cli
