// SPDX-License-Identifier: GPL-2.0-or-later
// What the router makes of requests about a relay.
#include <gtest/gtest.h>

#include "api/router.hpp"
#include "api_fake_service.hpp"

namespace sluice {
namespace {

using RelayRouter = RouterTest;

TEST_F(RelayRouter, spells_a_client_as_the_document_does) {
  ask("POST", "/v1/relay/clients",
      R"({"name": "alice", "public_key": "K", "rate": "5mbit", "quota": "1GB/month", "to_port": 51821})");
  ASSERT_EQ(service.relay_clients.size(), 1u);
  EXPECT_EQ(service.relay_clients[0].name, "alice");
  EXPECT_EQ(service.relay_clients[0].values, (DocumentValues{{"public_key", R"("K")"},
                                                             {"rate", R"("5mbit")"},
                                                             {"quota", R"("1GB/month")"},
                                                             {"to_port", "51821"}}));
}

TEST_F(RelayRouter, finds_a_client_by_its_name) {
  ask("GET", "/v1/relay/config?name=alice");
  ask("DELETE", "/v1/relay/clients/alice");
  ask("POST", "/v1/reachability/key");
  EXPECT_EQ(service.calls, (std::vector<std::string>{"relay_config alice", "remove_relay_client alice",
                                                     "reachability_key"}));
}

TEST_F(RelayRouter, begins_a_test_for_a_request_without_a_body) {
  ask("POST", "/v1/reachability/test");
  EXPECT_EQ(service.calls, (std::vector<std::string>{"test_reachability"}));
  EXPECT_EQ(ask("POST", "/v1/reachability/test", R"({"x": 1})").status, 400u);
  EXPECT_EQ(service.calls.size(), 1u);
}

TEST_F(RelayRouter, says_what_is_wrong) {
  EXPECT_EQ(message(ask("POST", "/v1/relay/clients", R"({"name": "alice"})")),
            "field \"public_key\" is missing");
  EXPECT_EQ(message(ask("POST", "/v1/relay/clients", R"({"public_key": "K"})")), "field \"name\" is missing");
  EXPECT_EQ(message(ask("POST", "/v1/relay/clients", R"({"name": "a", "public_key": "K", "port": "x"})")),
            "field \"port\" is not a number");
  EXPECT_EQ(message(ask("GET", "/v1/relay/config")), "field \"name\" is missing");
  EXPECT_TRUE(service.relay_clients.empty());
}

}   // namespace
}   // namespace sluice
