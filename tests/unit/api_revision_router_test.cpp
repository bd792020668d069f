// SPDX-License-Identifier: GPL-2.0-or-later
// What the router makes of requests about revisions.
#include <gtest/gtest.h>

#include "api/router.hpp"
#include "api_fake_service.hpp"

namespace sluice {
namespace {

using RevisionRouter = RouterTest;

TEST_F(RevisionRouter, an_apply_may_have_to_be_confirmed) {
  ask("POST", "/v1/apply", R"({"text": "{}", "confirm_seconds": 60})");
  ask("POST", "/v1/apply", R"({"text": "{}"})");
  ASSERT_EQ(service.documents.size(), 2u);
  EXPECT_EQ(service.documents[0].confirm_within, std::chrono::seconds(60));
  EXPECT_FALSE(service.documents[1].confirm_within);
}

TEST_F(RevisionRouter, a_time_that_is_none_is_refused) {
  for (const char* value : {"0", "-1", "86401", "\"60s\"", "\"\""})
    EXPECT_EQ(
        message(ask("POST", "/v1/apply", std::string(R"({"text": "{}", "confirm_seconds": )") + value + "}")),
        "field \"confirm_seconds\" is a number from 1 to 86400")
        << value;
  EXPECT_TRUE(service.documents.empty());
  EXPECT_EQ(message(ask("POST", "/v1/plan", R"({"text": "{}", "confirm_seconds": 60})")),
            "unknown field \"confirm_seconds\"");
}

TEST_F(RevisionRouter, who_confirms_and_goes_back_is_known) {
  ask("POST", "/v1/confirm", R"({"who": "bob", "why": "it works"})");
  ask("POST", "/v1/rollback", R"({"revision": 41})");
  ask("POST", "/v1/rollback");
  ASSERT_EQ(service.changes.size(), 3u);
  EXPECT_EQ(service.changes[0].who, "alice (bob)");
  EXPECT_EQ(service.changes[0].why, "it works");
  EXPECT_EQ(service.calls, (std::vector<std::string>{"confirm", "rollback 41", "rollback 0"}));
  EXPECT_EQ(ask("POST", "/v1/rollback", R"({"revision": 0})").status, 400u);
  EXPECT_EQ(ask("POST", "/v1/confirm", R"({"revision": 1})").status, 400u);
}

TEST_F(RevisionRouter, lists_compares_and_prints) {
  for (const char* target :
       {"/v1/history", "/v1/history?limit=3", "/v1/diff", "/v1/diff?a=2", "/v1/diff?a=2&b=3",
        "/v1/diff?b=running", "/v1/document", "/v1/document?revision=4&resolved=1"})
    EXPECT_EQ(ask("GET", target).status, 200u) << target;
  EXPECT_EQ(service.calls,
            (std::vector<std::string>{"history", "history 3", "diff 0 running", "diff 2 running", "diff 2 3",
                                      "diff 0 running", "document", "document 4 resolved"}));
  for (const char* target :
       {"/v1/history?limit=0", "/v1/history?limit=x", "/v1/diff?a=x", "/v1/diff?c=1",
        "/v1/document?revision=0", "/v1/document?resolved=yes", "/v1/document?revision="})
    EXPECT_EQ(ask("GET", target).status, 400u) << target;
}

}   // namespace
}   // namespace sluice
