// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/config.hpp"
#include "config_corpus.hpp"

namespace sluice {
namespace {

const NetworkEdit kHome{"home", "secure-internet", 14, {{"endpoint", R"("vpn.example.org")"}}};
const EndpointEdit kPhone{"home", "phone", "mobile", {{"address", R"("10.100.0.2")"}}};

constexpr auto kHomeSpelled =
    R"("home": { "type": "secure-internet", "expected_users": 14, "endpoint": "vpn.example.org" })";
constexpr auto kPhoneSpelled = R"("phone": { "type": "mobile", "address": "10.100.0.2" })";

std::string with_network(const std::string& text, const NetworkEdit& network = kHome) {
  return add_network(text, "x.json", network).value();
}

std::string with_endpoint(const std::string& text, const EndpointEdit& endpoint = kPhone) {
  return add_endpoint(text, "x.json", endpoint).value();
}

std::string with_value(const std::string& text, const std::string& key, std::optional<std::string> json) {
  return set_endpoint_value(text, "x.json", "home", "phone", key, json).value();
}

TEST(AddNetwork, MakesWhatIsMissing) {
  EXPECT_EQ(with_network("{\n  \"version\": 1\n}\n"),
            std::string("{\n  \"version\": 1,\n  \"networks\": { ") + kHomeSpelled + " }\n}\n");
  EXPECT_EQ(with_network("{\n  \"networks\": {}\n}"),
            std::string("{\n  \"networks\": {\n    ") + kHomeSpelled + "\n  }\n}");
}

TEST(AddNetwork, GoesBehindTheLastAndKeepsComments) {
  EXPECT_EQ(with_network(R"({ "networks": {
    // the first
    "a": {} // its end
  } })"),
            std::string(R"({ "networks": {
    // the first
    "a": {}, // its end
    )") + kHomeSpelled +
                "\n  } }");
}

TEST(AddNetwork, LeavesOutUsersThatAreNotSaid) {
  EXPECT_EQ(
      with_network("{ }", {"a", "remote-resource", 0, {{"resources", "[\"192.0.2.1\"]"}}}),
      "{\n  \"networks\": { \"a\": { \"type\": \"remote-resource\", \"resources\": [\"192.0.2.1\"] } }\n}");
}

TEST(AddNetwork, TheSameAgainIsNothing) {
  const auto text = with_network("{ \"version\": 1 }");
  EXPECT_EQ(with_network(text), text);
  const std::string other_words =
      R"({ "networks": { "home": { "endpoint": "vpn.example.org", "expected_users": 14, /* what */
      "type": "secure-internet", "endpoints": { "phone": { "type": "mobile" } } } } })";
  EXPECT_EQ(with_network(other_words), other_words);
}

TEST(AddNetwork, SixUsersAreTheDefault) {
  const std::string text = R"({ "networks": { "a": { "type": "secure-internet" } } })";
  EXPECT_EQ(with_network(text, {"a", "secure-internet", 6, {}}), text);
}

TEST(AddNetwork, TheSameNameWithOtherContentIsRefused) {
  auto other = kHome;
  other.expected_users = 30;
  const auto result = add_network(with_network("{\n\"version\": 1\n}"), "x.json", other);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message,
            "network \"home\" is already on line 3 of x.json with other content (remove it first)");
  EXPECT_EQ(result.error().kind, ErrorKind::kFailed);
}

TEST(AddNetwork, WhatIsNoJsonIsRefused) {
  const auto result = add_network("{}", "x.json", {"a", "secure-internet", 0, {{"port", "1, \"x\": 2"}}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, R"(the value of "port" is not JSON: "1, \"x\": 2")");
  EXPECT_EQ(result.error().kind, ErrorKind::kUsage);
}

TEST(AddNetwork, NeedsADocumentOfThatShape) {
  for (const std::string text : {"[]", R"({ "networks": [] })"}) {
    const auto result = add_network(text, "x.json", kHome);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().kind, ErrorKind::kInvalidDocument);
  }
}

TEST(RemoveNetwork, TakesItsLinesAndTheirComment) {
  EXPECT_EQ(
      remove_network("{ \"networks\": {\n  \"a\": {}, // gone\n  \"b\": {} // stays\n} }", "x.json", "a"),
      "{ \"networks\": {\n  \"b\": {} // stays\n} }");
  EXPECT_EQ(remove_network(with_network("{ \"networks\": {} }"), "x.json", "home"), "{ \"networks\": {} }");
}

TEST(RemoveNetwork, AnUnknownNameIsRefused) {
  const auto result = remove_network(with_network("{ }"), "x.json", "hom");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "no network \"hom\" in x.json (did you mean \"home\"?)");
  EXPECT_EQ(result.error().kind, ErrorKind::kUsage);
}

TEST(AddEndpoint, MakesWhatIsMissing) {
  EXPECT_EQ(with_endpoint(R"({"networks":{"home":{"type":"secure-internet"}}})"),
            std::string(R"({"networks":{"home":{"type":"secure-internet", "endpoints": { )") + kPhoneSpelled +
                " }}}}");
  EXPECT_EQ(with_endpoint("{\"networks\": {\n  \"home\": {\n    \"endpoints\": {} // none yet\n  }\n} }"),
            std::string("{\"networks\": {\n  \"home\": {\n    \"endpoints\": {\n      ") + kPhoneSpelled +
                "\n    } // none yet\n  }\n} }");
}

TEST(AddEndpoint, TheSameAgainIsNothingAndOtherContentIsRefused) {
  const auto text = with_endpoint(with_network("{ }"));
  EXPECT_EQ(with_endpoint(text), text);
  const auto result = add_endpoint(text, "x.json", {"home", "phone", "cpe", {}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kFailed);
  EXPECT_TRUE(result.error().message.starts_with("endpoint \"phone\" is already on line 2 of x.json"));
}

TEST(AddEndpoint, NeedsItsNetwork) {
  const auto result = add_endpoint("{ }", "x.json", kPhone);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "no network \"home\" in x.json");
  EXPECT_EQ(result.error().kind, ErrorKind::kUsage);
}

std::string with_endpoints(const std::string& text, const std::vector<EndpointEdit>& endpoints) {
  return add_endpoints(text, "x.json", "home", endpoints).value();
}

TEST(AddEndpoints, HasALineForEach) {
  const EndpointEdit laptop{"home", "laptop", "mobile", {}}, box{"home", "box", "cpe", {}};
  EXPECT_EQ(with_endpoints("{\n  \"networks\": {\n    \"home\": {}\n  }\n}", {kPhone, laptop}),
            std::string("{\n  \"networks\": {\n    \"home\": {\n      \"endpoints\": {\n        ") +
                kPhoneSpelled + ",\n        \"laptop\": { \"type\": \"mobile\" }\n      }\n    }\n  }\n}");
  EXPECT_EQ(with_endpoints(R"({ "networks": { "home": { "endpoints": {
    "laptop": { "type": "mobile" } // ann's
  } } } })",
                           {laptop, kPhone, box}),
            std::string(R"({ "networks": { "home": { "endpoints": {
    "laptop": { "type": "mobile" }, // ann's
    )") + kPhoneSpelled +
                ",\n    \"box\": { \"type\": \"cpe\" }\n  } } } }");
}

TEST(AddEndpoints, AddsWhatAddingOneByOneAdds) {
  const auto text = with_endpoint(with_network("{ \"version\": 1 }"));
  const EndpointEdit laptop{"home", "laptop", "mobile", {}}, box{"home", "box", "cpe", {}};
  EXPECT_EQ(with_endpoints(text, {laptop, kPhone, box}), with_endpoint(with_endpoint(text, laptop), box));
  EXPECT_EQ(with_endpoints(text, {kPhone}), text);
  EXPECT_EQ(with_endpoints(with_network("{ }"), {}), with_network("{ }"));
}

TEST(AddEndpoints, SaysOnWhichLineTheBadOneIs) {
  const auto text = with_endpoint(with_network("{ }"));
  const auto result = add_endpoints(text, "x.json", "home", {{"home", "phone", "cpe", {}, 7}});
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().message.starts_with("line 7: endpoint \"phone\" is already on line 2 of x.json"))
      << result.error().message;
  EXPECT_EQ(add_endpoints("{ }", "x.json", "home", {kPhone}).error().message,
            "no network \"home\" in x.json");
}

TEST(AddEndpoint, WhatItMakesIsAccepted) {
  const auto text = with_endpoint(with_network("{ \"version\": 1 }"));
  EXPECT_TRUE(check_document(text, "x.json")) << text;
}

TEST(RemoveEndpoint, TakesItAway) {
  const auto text = with_network("{ }"), more = with_endpoint(text);
  const auto result = remove_endpoint(more, "x.json", "home", "phone").value();
  EXPECT_EQ(result.find("phone"), std::string::npos);
  EXPECT_NE(result.find("\"endpoints\": {}"), std::string::npos);
}

TEST(RemoveEndpoint, AnUnknownNameIsRefused) {
  const auto text = with_endpoint(with_network("{ }"));
  const auto result = remove_endpoint(text, "x.json", "home", "laptop");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message,
            "no endpoint \"laptop\" in network \"home\" of x.json (endpoints: phone)");
  EXPECT_EQ(result.error().kind, ErrorKind::kUsage);
  EXPECT_EQ(remove_endpoint(text, "x.json", "away", "phone").error().kind, ErrorKind::kUsage);
}

constexpr auto kOnePhone = R"({ "networks": { "home": { "endpoints": {
  "phone": { "type": "mobile", /* lent out */ "disabled": true } // John's
} } } })";

TEST(SetEndpointValue, ReplacesTheValueAlone) {
  EXPECT_EQ(with_value(kOnePhone, "disabled", "false"), R"({ "networks": { "home": { "endpoints": {
  "phone": { "type": "mobile", /* lent out */ "disabled": false } // John's
} } } })");
}

TEST(SetEndpointValue, PutsAKeyThatIsMissing) {
  EXPECT_EQ(with_value(kOnePhone, "address", R"("10.100.0.2")"), R"({ "networks": { "home": { "endpoints": {
  "phone": { "type": "mobile", /* lent out */ "disabled": true, "address": "10.100.0.2" } // John's
} } } })");
}

TEST(SetEndpointValue, TakesAKeyAway) {
  const auto text = with_value(R"({ "networks": { "home": { "endpoints": { "phone": {
    "type": "mobile",
    "disabled": true // lent out
} } } } })",
                               "disabled", std::nullopt);
  EXPECT_EQ(text, R"({ "networks": { "home": { "endpoints": { "phone": {
    "type": "mobile"
} } } } })");
  EXPECT_EQ(with_value(text, "disabled", std::nullopt), text) << "what is not there is away already";
}

TEST(SetEndpointValue, TheSameValueIsNothing) {
  const std::string text =
      R"({ "networks": { "home": { "endpoints": { "phone": { "bandwidth": {"maximum":"50mbit"} } } } } })";
  EXPECT_EQ(with_value(text, "bandwidth", R"({ "maximum": "50mbit" })"), text);
}

TEST(SetEndpointValue, WhatIsNoJsonIsRefused) {
  const auto result = set_endpoint_value(kOnePhone, "x.json", "home", "phone", "disabled", "yes");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kUsage);
}

}   // namespace
}   // namespace sluice
