// SPDX-License-Identifier: GPL-2.0-or-later
// Prefixes of IPv6 translated so that no checksum changes (RFC 6296), with the RFC's own example.
#include <fmt/format.h>

#include <random>

#include "icmp_errors.hpp"

namespace sluice::test {
namespace {

struct Vector {
  const char *name, *inside_prefix, *outside_prefix, *inside, *outside;
};

// The second is section 2.1's; the others are made by hand, each for one rule of sections 3.4 and 3.5.
const Vector kVectors[] = {
    {"Rfc", "fd01:203:405::/48", "2001:db8:1::/48", "fd01:203:405:1::1234", "2001:db8:1:d550::1234"},
    {"SubnetZero", "fd01:203:405::/48", "2001:db8:1::/48", "fd01:203:405::7", "2001:db8:1:d54f::7"},
    {"SumOfAllOnesIsZero", "fd01:203:405::/48", "2001:db8:1::/48", "fd01:203:405:2ab0::7", "2001:db8:1::7"},
    {"ShortPrefix", "fd01:203:400::/40", "2001:db8:100::/40", "fd01:203:407:1::1", "2001:db8:107:d44c::1"},
    {"FirstWordOfTheHost", "fd01:203:405:1::/64", "2001:db8:1:2::/64", "fd01:203:405:1:1:2:3:4",
     "2001:db8:1:2:d54f:2:3:4"},
    {"SecondWordOfTheHost", "fd01:203:405:1::/64", "2001:db8:1:2::/64", "fd01:203:405:1:ffff:2:3:4",
     "2001:db8:1:2:ffff:d550:3:4"},
    {"LastWordOfTheHost", "fd01:203:405:1::/64", "2001:db8:1:2::/64", "fd01:203:405:1:ffff:ffff:ffff:4",
     "2001:db8:1:2:ffff:ffff:ffff:d552"},
};

std::string document_with(const Vector& v) {
  Rules rules = home_rules();
  rules.policies += R"(, { "name": "all-in", "from": "internet", "to": "lan", "action": "accept" })";
  rules.masquerade += R"(, { "name": "out6", "from": "lan", "to": "internet", "family": "ipv6" })";
  rules.static_mappings =
      fmt::format(R"({{ "name": "neutral", "inside": "{}", "outside": "{}", "checksum_neutral": true }})",
                  v.inside_prefix, v.outside_prefix);
  return document_of(rules);
}

class Nptv6 : public LabTest, public testing::WithParamInterface<std::tuple<Hook, Vector>> {
 protected:
  Nptv6() {
    lab.forget();
    lab.apply(document_with(vector()));
  }
  Hook hook() const { return std::get<0>(GetParam()); }
  const Vector& vector() const { return std::get<1>(GetParam()); }
  Layers out(const Layers& transport) const { return Ip6{.src = vector().inside, .dst = kFar6} / transport; }
  Layers in(const Layers& transport) const { return Ip6{.src = kFar6, .dst = vector().outside} / transport; }
};

TEST_P(Nptv6, FromInside) {
  for (const Layers& transport :
       {Tcp{} / Bytes(3), Udp{} / Bytes(3), UdpLite{} / Bytes(3), Echo{} / Bytes(3)}) {
    const Layers packet = out(transport);
    const Outcome outcome = lab.arrive(hook(), At::kLan, packet);
    ASSERT_EQ(outcome.what, "forwarded");
    const View sent(lab.framed(At::kLan, packet)), seen = outcome.view();
    EXPECT_EQ(seen.src, vector().outside);
    EXPECT_EQ(seen.transport(), sent.transport()) << "not a bit of it changes";
    EXPECT_EQ(seen.flaws(), "");
    const Outcome back = lab.arrive(hook(), At::kWan, answer_to(seen, kSyn | kAck));
    ASSERT_EQ(back.what, "forwarded");
    EXPECT_EQ(back.view().dst, vector().inside);
    EXPECT_EQ(back.view().flaws(), "");
  }
}

TEST_P(Nptv6, FromOutside) {
  const Layers packet = in(Udp{} / Bytes(5));
  const Outcome outcome = lab.arrive(hook(), At::kWan, packet);
  ASSERT_EQ(outcome.what, "forwarded");
  EXPECT_EQ(outcome.view().dst, vector().inside);
  EXPECT_EQ(outcome.view().transport(), View(lab.framed(At::kWan, packet)).transport());
  EXPECT_EQ(outcome.view().flaws(), "");
}

TEST_P(Nptv6, ErrorsQuoteWhatTheInsideSent) {
  const View seen = lab.arrive(hook(), At::kLan, out(Udp{} / Bytes(40))).view();
  const Outcome error = lab.arrive(hook(), At::kWan, error_about(seen, kFar6, seen.src, quote_of(seen, 40)));
  ASSERT_EQ(error.what, "forwarded");
  EXPECT_EQ(error.view().dst, vector().inside);
  EXPECT_EQ(error.view().flaws(), "");
  EXPECT_EQ(error.view().quoted().src, vector().inside);
  EXPECT_EQ(error.view().quoted().flaws(), "");
}

std::string vector_name(const testing::TestParamInfo<Nptv6::ParamType>& info) {
  return std::string(std::get<1>(info.param).name) + "_" + hook_name(std::get<0>(info.param));
}

INSTANTIATE_TEST_SUITE_P(All, Nptv6,
                         testing::Combine(testing::Values(Hook::kTcIngress, Hook::kXdp),
                                          testing::ValuesIn(kVectors)),
                         vector_name);

class Nptv6Limits : public HookTest {};
ON_BOTH_HOOKS(Nptv6Limits);

// Section 3.5: it is nobody's address, and could not be told from another one behind the translation.
TEST_P(Nptv6Limits, AllOnesCannotBeMapped) {
  lab.apply(document_with(kVectors[0]));
  EXPECT_EQ(from_lan(Ip6{.src = "fd01:203:405:ffff::1", .dst = kFar6} / Udp{}).what, "answered: BAD_ADDRESS");
  EXPECT_EQ(from_wan(Ip6{.src = kFar6, .dst = "2001:db8:1:ffff::1"} / Udp{}).what, "dropped: BAD_ADDRESS");
  lab.apply(document_with(kVectors[4]));
  const Outcome outcome = from_lan(Ip6{.src = "fd01:203:405:1:ffff:ffff:ffff:ffff", .dst = kFar6} / Udp{});
  EXPECT_EQ(outcome.what, "answered: BAD_ADDRESS");
  EXPECT_EQ(outcome.view().icmp_type, 4) << "parameter problem";
  EXPECT_EQ(outcome.view().icmp_info, 8u) << "it points at the source";
  EXPECT_EQ(outcome.view().flaws(), "");
}

TEST_P(Nptv6Limits, ThereAndBackIsTheSameForAnyHost) {
  std::mt19937 random{6296};
  for (const Vector& v : {kVectors[0], kVectors[4]}) {
    lab.apply(document_with(v));
    const std::string prefix(v.inside, std::string_view(v.inside_prefix).find("::"));
    for (int i = 0; i < 200; ++i) {
      std::string inside = prefix;
      while (std::ranges::count(inside, ':') < 7)
        inside += fmt::format(":{:x}", random() % 8 == 0 ? 0xffff : random() % 0xffff);
      if (prefix == "fd01:203:405" && inside.starts_with("fd01:203:405:ffff")) continue;
      const Outcome out = from_lan(Ip6{.src = inside, .dst = kFar6} / Udp{} / Bytes(2));
      if (out.what == "answered: BAD_ADDRESS") continue;
      ASSERT_EQ(out.what, "forwarded") << inside;
      ASSERT_EQ(out.view().flaws(), "") << inside;
      const View sent(lab.framed(At::kLan, Ip6{.src = inside, .dst = kFar6} / Udp{}));
      const Outcome back = from_wan(answer_to(out.view()));
      ASSERT_EQ(back.what, "forwarded") << inside;
      ASSERT_EQ(back.view().dst, sent.src);
    }
  }
}

}   // namespace
}   // namespace sluice::test
