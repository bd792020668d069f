// SPDX-License-Identifier: GPL-2.0-or-later
// What the router makes of requests about pods.
#include <gtest/gtest.h>

#include "api/router.hpp"
#include "api_fake_service.hpp"

namespace sluice {
namespace {

using PodRouter = RouterTest;

TEST_F(PodRouter, spells_a_pod_as_the_document_does) {
  ask("POST", "/v1/pods",
      R"({"name": "a", "owner": "john", "services": ["web:3000", "dns:53/udp"], "publish": "web",
          "ingress": ["zone:lan"], "egress": "accept", "bandwidth": "10mbit:100mbit"})");
  ASSERT_EQ(service.pods.size(), 1u);
  EXPECT_EQ(service.pods[0].name, "a");
  EXPECT_EQ(service.pods[0].values,
            (DocumentValues{
                {"owner", R"("john")"},
                {"services",
                 R"([{"name":"web","port":3000,"publish":true},{"name":"dns","port":53,"protocol":"udp"}])"},
                {"ingress", R"(["zone:lan"])"},
                {"egress", R"({"default":"accept"})"},
                {"bandwidth", R"({"guaranteed":"10mbit","maximum":"100mbit"})"}}));
}

TEST_F(PodRouter, says_what_is_wrong_with_a_pod) {
  const std::pair<const char*, const char*> kWrong[] = {
      {R"({"owner": "john"})", "field \"name\" is missing"},
      {R"({"name": "a", "services": "web"})",
       "\"web\" is no service of a pod: NAME:PORT, NAME:PORT/tcp or NAME:PORT/udp"},
      {R"({"name": "a", "services": "web:70000"})",
       "\"web:70000\" is no service of a pod: NAME:PORT, NAME:PORT/tcp or NAME:PORT/udp"},
      {R"({"name": "a", "services": "web:80", "publish": "other"})",
       "there is no service \"other\" to publish among those that are given"},
      {R"({"name": "a", "bandwidth": "10mbit"})",
       "\"10mbit\" is no bandwidth: GUARANTEED:MAXIMUM, one of which may be left out"},
  };
  for (const auto& [body, sentence] : kWrong)
    EXPECT_EQ(message(ask("POST", "/v1/pods", body)), sentence) << body;
  EXPECT_TRUE(service.pods.empty());
}

}   // namespace
}   // namespace sluice
