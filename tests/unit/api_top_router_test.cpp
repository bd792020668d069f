// SPDX-License-Identifier: GPL-2.0-or-later
// What the router makes of requests for first rows, and for the end of a flow.
#include <gtest/gtest.h>

#include "api/router.hpp"
#include "api_fake_service.hpp"

namespace sluice {
namespace {

using TopRouter = RouterTest;

TEST_F(TopRouter, HandsOverWhatIsWanted) {
  ask("GET", "/v1/top/flows?sort=bytes&reverse=1&filter=lan%20x&rows=7", "");
  ask("GET", "/v1/top/drops", "");
  ASSERT_EQ(service.top_queries.size(), 2u);
  const TopQuery& flows = service.top_queries[0];
  EXPECT_EQ(flows.kind, TopKind::kFlows);
  EXPECT_EQ(flows.sort, "bytes");
  EXPECT_TRUE(flows.reverse);
  EXPECT_EQ(flows.filter, "lan x");
  EXPECT_EQ(flows.rows, 7u);
  EXPECT_EQ(service.top_queries[1].kind, TopKind::kDrops);
  EXPECT_EQ(service.top_queries[1].rows, kTopRows);
}

TEST_F(TopRouter, HasATargetForEachTable) {
  for (const std::string_view name : kTopNames) ask("GET", "/v1/top/" + std::string(name), "");
  for (size_t i = 0; i < kTopNames.size(); ++i)
    EXPECT_EQ(service.calls.at(i), "top " + std::string(kTopNames[i]));
}

TEST_F(TopRouter, RefusesWhatIsTooLongOrOutOfRange) {
  for (const std::string query : {"rows=0", "rows=1001", "rows=x", "reverse=2", "color=red", "filter="})
    EXPECT_EQ(ask("GET", "/v1/top/flows?" + query, "").status, 400u) << query;
  EXPECT_EQ(ask("GET", "/v1/top/flows?filter=" + std::string(257, 'x'), "").status, 400u);
  EXPECT_EQ(ask("GET", "/v1/top/flows?sort=" + std::string(65, 'x'), "").status, 400u);
  EXPECT_EQ(ask("GET", "/v1/top/colours", "").status, 404u);
  EXPECT_TRUE(service.calls.empty());
}

TEST_F(TopRouter, EndsAFlowOfWhoAsks) {
  ask("DELETE", "/v1/flows?protocol=tcp&source=192.0.2.1:80&destination=%5B2001:db8::1%5D:9&vrf=blue", "");
  ASSERT_EQ(service.ended_flows.size(), 1u);
  const FlowName& flow = service.ended_flows[0];
  EXPECT_EQ(flow.protocol, "tcp");
  EXPECT_EQ(flow.source, "192.0.2.1:80");
  EXPECT_EQ(flow.destination, "[2001:db8::1]:9");
  EXPECT_EQ(flow.vrf, "blue");
  EXPECT_FALSE(flow.who.empty());
  EXPECT_EQ(ask("DELETE", "/v1/flows?protocol=tcp&source=192.0.2.1:80", "").status, 400u);
  EXPECT_EQ(ask("DELETE", "/v1/flows", "").status, 400u);
  EXPECT_EQ(ask("GET", "/v1/flows", "").status, 405u);
  EXPECT_EQ(service.ended_flows.size(), 1u);
}

}   // namespace
}   // namespace sluice
