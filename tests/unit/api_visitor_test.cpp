// SPDX-License-Identifier: GPL-2.0-or-later
// What the page for browsers may ask the API for.
#include <gtest/gtest.h>

#include "api/visitor.hpp"

namespace sluice {
namespace {

const Visitor kLooker{.who = "web"};
const Visitor kRoller{.who = "web", .rolls_back = true};
const Visitor kTeller{.who = "web", .tells_configs = true};

TEST(VisitorRights, EveryoneLooks) {
  for (const char* target :
       {"/v1/status", "/v1/show/interfaces", "/v1/top/flows?rows=5", "/v1/monitor/drops?now=1",
        "/v1/history?limit=5", "/v1/diff?a=1&b=2", "/v1/endpoint-history?network=a&name=b",
        "/v1/explain?in=lan", "/v1/doctor", "/v1/device/status"})
    EXPECT_TRUE(may_ask(kLooker, "GET", target)) << target;
}

TEST(VisitorRights, NobodyHasMore) {
  for (const Visitor& visitor : {kLooker, kRoller, kTeller}) {
    for (const char* target :
         {"/v1/document", "/v1/bundle/documents", "/v1/endpoint-document?network=a&name=b",
          "/v1/endpoint-connect?network=a&name=b", "/v1/front/config", "/v1/relay/config", "/v1/status/",
          "/v1/statuses", "/metrics", "/", ""})
      EXPECT_FALSE(may_ask(visitor, "GET", target)) << target;
    for (const char* target : {"/v1/apply", "/v1/backup", "/v1/restore", "/v1/cleanup", "/v1/plan",
                               "/v1/capture", "/v1/endpoints", "/v1/status"})
      EXPECT_FALSE(may_ask(visitor, "POST", target)) << target;
    EXPECT_FALSE(may_ask(visitor, "DELETE", "/v1/flows?protocol=udp"));
    EXPECT_FALSE(may_ask(visitor, "HEAD", "/v1/status"));
  }
}

TEST(VisitorRights, RevisionsChangeWhereThatIsAllowed) {
  for (const char* target : {"/v1/rollback", "/v1/confirm"}) {
    EXPECT_TRUE(may_ask(kRoller, "POST", target));
    EXPECT_FALSE(may_ask(kLooker, "POST", target));
    EXPECT_FALSE(may_ask(kTeller, "POST", target));
    EXPECT_FALSE(may_ask(kRoller, "GET", target));
  }
}

TEST(VisitorRights, ConfigurationsAreToldWhereThatIsAllowed) {
  for (const char* target :
       {"/v1/endpoint-config?network=home&name=phone", "/v1/endpoint-qr?network=home&name=phone"}) {
    EXPECT_TRUE(may_ask(kTeller, "GET", target));
    EXPECT_FALSE(may_ask(kLooker, "GET", target));
    EXPECT_FALSE(may_ask(kRoller, "GET", target));
  }
}

}   // namespace
}   // namespace sluice
