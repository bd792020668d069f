// SPDX-License-Identifier: GPL-2.0-or-later
// What the router makes of requests about SSH.
#include <gtest/gtest.h>

#include "api/router.hpp"
#include "api_fake_service.hpp"

namespace sluice {
namespace {

using SshRouter = RouterTest;

TEST_F(SshRouter, passes_on_where_sshd_listens) {
  ask("GET", "/v1/ssh/config");
  ask("GET", "/v1/doctor");
  ask("GET", "/v1/doctor?sshd=2222,22");
  EXPECT_EQ(service.calls, (std::vector<std::string>{"ssh_config", "doctor", "doctor 22 2222"}));
}

TEST_F(SshRouter, refuses_what_are_no_ports) {
  for (const char* query : {"sshd=ssh", "sshd=70000", "sshd=22,", "ports=22", "sshd=-1", "sshd="})
    EXPECT_EQ(ask("GET", "/v1/doctor?" + std::string(query)).status, 400u) << query;
  EXPECT_TRUE(service.calls.empty());
}

}   // namespace
}   // namespace sluice
