// SPDX-License-Identifier: GPL-2.0-or-later
// What forwards say of half-open connections becomes their rows; what the kernel lacks is refused.
#include "plan_fixture.hpp"

namespace sluice::test {
namespace {

Document guarded(const std::string& more) {
  return parsed(R"({"version": 1, "interfaces": {"wan": {"zone": "internet", "addresses": ["203.0.113.1/24"]},
                                                 "lan": {"zone": "lan"}},
                    "nat": {"forwards": [{"name": "web", "listen": "203.0.113.1", "ports": 80,
                                          "to": "192.168.10.2")" +
                more + "}]}}");
}

sl_forward row_of(const Document& document) {
  const auto plan = make_plan(document, fresh_machine());
  EXPECT_TRUE(plan);
  return plan->rules->forwards.at(0).second;
}

TEST(SynCookiePlan, AForwardsRowSaysWhatItsTargetMayHave) {
  EXPECT_EQ(row_of(guarded("")).half_open, 0u) << "any number";
  const sl_forward limited = row_of(guarded(R"(, "half_open": 256)"));
  EXPECT_EQ(limited.half_open, 256u);
  EXPECT_EQ(limited.flags, 0u);
  EXPECT_EQ(row_of(guarded(R"(, "half_open": 256, "syn_cookies": true)")).flags, SL_FORWARD_SYN_COOKIES);
}

TEST(SynCookiePlan, AKernelWithoutThemIsTold) {
  Observed old_kernel = fresh_machine();
  old_kernel.findings.syn_cookies_refused = "the kernel makes none";
  EXPECT_TRUE(make_plan(guarded(R"(, "half_open": 256)"), old_kernel));
  const auto refused = make_plan(guarded(R"(, "half_open": 256, "syn_cookies": true)"), old_kernel);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalidDocument);
  EXPECT_EQ(refused.error().message, "forward \"web\" asks for \"syn_cookies\": the kernel makes none");
}

TEST(SynCookiePlan, ANftablesWithoutSynproxyIsTold) {
  Observed old_kernel = fresh_machine();
  old_kernel.findings.synproxy_refused = "there is no synproxy";
  Document document = guarded(R"(, "half_open": 256, "syn_cookies": true)");
  EXPECT_TRUE(make_plan(document, old_kernel)) << "eBPF has no use for it";
  document.engine = EngineChoice::kNftables;
  const auto refused = make_plan(document, old_kernel);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "forward \"web\" asks for \"syn_cookies\": there is no synproxy");
}

}   // namespace
}   // namespace sluice::test
