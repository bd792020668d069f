// SPDX-License-Identifier: GPL-2.0-or-later
// What the router makes of requests about networks and their endpoints.
#include <gtest/gtest.h>

#include "api/router.hpp"
#include "api_fake_service.hpp"

namespace sluice {
namespace {

using nlohmann::json;

using NetworkRouter = RouterTest;

TEST_F(NetworkRouter, spells_the_values_of_a_network_as_the_document_does) {
  ask("POST", "/v1/networks",
      R"({"name": "home", "type": "remote-resource", "users": 6, "port": "51820", "peers_may_talk": 1,
          "resources": ["192.168.10.0/24", "a \"b\""], "dns": "10.100.0.1", "why": "the new office"})");
  ASSERT_EQ(service.networks.size(), 1u);
  const NetworkRequest& network = service.networks[0];
  EXPECT_EQ(network.name, "home");
  EXPECT_EQ(network.type, "remote-resource");
  EXPECT_EQ(network.values, (DocumentValues{{"expected_users", "6"},
                                            {"port", "51820"},
                                            {"resources", R"(["192.168.10.0/24","a \"b\""])"},
                                            {"dns", R"(["10.100.0.1"])"},
                                            {"peers_may_talk", "true"}}));
  EXPECT_EQ(network.who, "alice");
  EXPECT_EQ(network.why, "the new office");
}

TEST_F(NetworkRouter, says_what_is_wrong_with_a_network) {
  const std::pair<const char*, const char*> kWrong[] = {
      {R"({"type": "secure-internet"})", "field \"name\" is missing"},
      {R"({"name": "", "type": "secure-internet"})", "field \"name\" is missing"},
      {R"({"name": "home"})", "field \"type\" is missing"},
      {R"({"name": "a", "type": "b", "endpoints": "c"})",
       "unknown field \"endpoints\", did you mean \"endpoint\"?"},
      {R"({"name": "a", "type": "b", "port": "51820; x"})", "field \"port\" is not a number"},
      {R"({"name": "a", "type": "b", "users": -1})", "field \"users\" is not a number"},
      {R"({"name": "a", "type": "b", "peers_may_talk": "yes"})", "field \"peers_may_talk\" is 0 or 1"},
      {R"({"name": "a", "type": "b", "dns": ["x\ny"]})",
       "field \"dns\" is not one line of at most 4096 bytes"},
      {R"({"name": "a", "type": "b", "zone": ["c"]})", "field \"zone\" is a list and not one text"},
  };
  for (const auto& [body, sentence] : kWrong)
    EXPECT_EQ(message(ask("POST", "/v1/networks", body)), sentence) << body;
  EXPECT_TRUE(service.networks.empty());
}

TEST_F(NetworkRouter, reads_an_endpoint_whose_pair_is_to_be_made) {
  ask("POST", "/v1/endpoints",
      R"({"network": "home", "name": "phone", "type": "mobile", "generate": 1, "maximum": "50mbit",
          "routes": ["10.2.0.0/16"], "expires": "2027-01-01T00:00:00Z"})");
  ASSERT_EQ(service.endpoints.size(), 1u);
  EXPECT_EQ(service.endpoints[0].network, "home");
  EXPECT_EQ(service.endpoints[0].name, "phone");
  EXPECT_EQ(service.endpoints[0].values, (DocumentValues{{"expires", "\"2027-01-01T00:00:00Z\""},
                                                         {"routes", "[\"10.2.0.0/16\"]"},
                                                         {"bandwidth", "{ \"maximum\": \"50mbit\" }"}}));
}

TEST_F(NetworkRouter, makes_a_pair_unless_the_client_keeps_its_private_key) {
  const auto with = [&](std::string_view more) {
    return as_owner("/v1/endpoints",
                    R"({"network": "home", "name": "phone", "type": "mobile")" + std::string(more) + "}");
  };
  EXPECT_EQ(
      message(with(R"(, "generate": 0)")),
      "no \"public_key\" (the client keeps its private key) is given, and \"generate\" (the gateway makes "
      "the pair) is 0");
  EXPECT_EQ(message(with(R"(, "public_key": "x", "generate": 1)")),
            "\"public_key\" and \"generate\" exclude each other: either the client keeps its private key, or "
            "the gateway makes the pair");
  EXPECT_TRUE(service.endpoints.empty());
  EXPECT_EQ(with("").status, 200u);
  EXPECT_TRUE(service.endpoints.at(0).values.empty());
  EXPECT_EQ(with(R"(, "generate": 0, "public_key": "x")").status, 200u);
  EXPECT_EQ(with(R"(, "public_key": "x")").status, 200u);
  EXPECT_EQ(with(R"(, "key_file": "keys/box.key")").status, 200u);
}

TEST_F(NetworkRouter, rotates_a_key_and_finds_a_version) {
  const std::string body = R"({"network": "home", "name": "phone")";
  ask("POST", "/v1/endpoints/rotate", body + "}");
  ask("POST", "/v1/endpoints/rotate", body + R"(, "public_key": "K=", "who": "bob"})");
  EXPECT_EQ(service.remover, "alice (bob)");
  ask("GET", "/v1/endpoint-config?name=phone&network=home&version=2");
  ask("GET", "/v1/endpoint-history?name=phone&network=home");
  EXPECT_EQ(service.calls,
            (std::vector<std::string>{"rotate_endpoint home phone", "rotate_endpoint to K= home phone",
                                      "endpoint_config home phone 2", "endpoint_history home phone"}));
  EXPECT_EQ(message(ask("POST", "/v1/endpoints/rotate", body + R"(, "public_key": ""})")),
            "field \"public_key\" is missing");
  EXPECT_EQ(message(ask("GET", "/v1/endpoint-config?name=phone&network=home&version=two")),
            "field \"version\" is not a number");
  EXPECT_EQ(message(ask("GET", "/v1/endpoint-config?name=phone&network=home&version=0")),
            "field \"version\" is not a number from 1");
  EXPECT_EQ(message(ask("GET", "/v1/endpoint-history?name=phone")), "field \"network\" is missing");
}

TEST_F(NetworkRouter, finds_the_endpoint_that_is_meant) {
  const std::string body = R"({"network": "home", "name": "phone")";
  ask("POST", "/v1/endpoints/set", body + R"(, "disabled": 1})");
  ask("POST", "/v1/endpoints/set", body + R"(, "disabled": 0})");
  ask("POST", "/v1/endpoints/forget", body + R"(, "who": "bob"})");
  EXPECT_EQ(service.remover, "alice (bob)");
  ask("DELETE", "/v1/endpoints?network=home&name=a%20b");
  ask("GET", "/v1/endpoint-config?name=phone&network=home");
  ask("GET", "/v1/endpoint-document?name=phone&network=home");
  EXPECT_EQ(service.calls,
            (std::vector<std::string>{"disable_endpoint home phone", "enable_endpoint home phone",
                                      "forget_endpoint home phone", "remove_endpoint home a b",
                                      "endpoint_config home phone", "endpoint_document home phone"}));
  EXPECT_EQ(message(ask("POST", "/v1/endpoints/set", body + "}")), "field \"disabled\" is missing");
  EXPECT_EQ(message(ask("DELETE", "/v1/endpoints?network=home")), "field \"name\" is missing");
  EXPECT_EQ(message(ask("GET", "/v1/endpoint-config")), "field \"network\" is missing");
}

TEST_F(NetworkRouter, takes_a_table_of_endpoints_as_it_is) {
  ask("POST", "/v1/endpoints/import", R"({"network": "home", "csv": "name,type\nphone,mobile\n"})");
  ASSERT_EQ(service.tables.size(), 1u);
  EXPECT_EQ(service.tables[0].csv, "name,type\nphone,mobile\n");
  EXPECT_EQ(message(ask("POST", "/v1/endpoints/import", R"({"network": "home"})")),
            "field \"csv\" is missing");
}

}   // namespace
}   // namespace sluice
