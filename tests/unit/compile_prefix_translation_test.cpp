// SPDX-License-Identifier: GPL-2.0-or-later
// Checksum-neutral translation of prefixes, with the numbers of RFC 6296.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "compile/common/prefix_translation.hpp"
#include "compile/common/rows.hpp"
#include "plan/plan_links.hpp"
#include "plan_fixture.hpp"

namespace sluice::test {
namespace {

Prefix prefix(std::string_view text) { return *Prefix::parse(text); }
IpAddress address(std::string_view text) { return *IpAddress::parse(text); }

sl_static row(const Prefix& from, const Prefix& to) {
  sl_static made{};
  made.to = row_address(to.address);
  made.length = to.length;
  made.adjustment = htons(neutral_adjustment(from, to));
  made.word = neutral_word(to.length);
  return made;
}

std::string translated(std::string_view text, std::string_view from, std::string_view to) {
  const auto result = sluice::translated(address(text), row(prefix(from), prefix(to)));
  return result ? result->to_string() : "none";
}

uint16_t sum(const IpAddress& of) {
  uint32_t total = 0;
  for (size_t i = 0; i < 16; i += 2) total += static_cast<uint32_t>(of.bytes()[i] << 8 | of.bytes()[i + 1]);
  while (total >> 16) total = (total & 0xffff) + (total >> 16);
  return total == 0xffff ? 0 : static_cast<uint16_t>(total);
}

constexpr const char *kTranslatedInside = "fd01:203:405::/48", *kOutside = "2001:db8:1::/48";

// Sections 3.1 and 3.2: the checksums of the prefixes are 0xfcf5 and 0xd245.
TEST(NeutralTranslation, AdjustsByTheDifferenceOfThePrefixes) {
  EXPECT_EQ(neutral_adjustment(prefix(kTranslatedInside), prefix(kOutside)), 0xd54f);
  EXPECT_EQ(neutral_adjustment(prefix(kOutside), prefix(kTranslatedInside)), 0x2ab0);
}

TEST(NeutralTranslation, MakesTheAddressOfTheRfcAndBack) {
  EXPECT_EQ(translated("fd01:203:405:1::1234", kTranslatedInside, kOutside), "2001:db8:1:d550::1234");
  EXPECT_EQ(translated("2001:db8:1:d550::1234", kOutside, kTranslatedInside), "fd01:203:405:1::1234");
}

TEST(NeutralTranslation, EqualSumsNeedNone) {
  EXPECT_EQ(neutral_adjustment(prefix("2001:db8:1::/48"), prefix("2001:1:db8::/48")), 0);
  EXPECT_EQ(neutral_adjustment(prefix("fc00::/7"), prefix("fc00::/7")), 0);
}

// Section 3.5: the subnet belongs to the prefix, so the host part takes it.
TEST(NeutralTranslation, LongerPrefixesUseTheFirstWordThatIsFree) {
  constexpr const char *kIn = "fd01:203:405:1::/64", *kOut = "2001:db8:1:2::/64";
  EXPECT_EQ(neutral_word(48), 3);
  EXPECT_EQ(neutral_word(49), 4);
  const std::string out = translated("fd01:203:405:1:ffff:5:0:1", kIn, kOut);
  EXPECT_EQ(out, "2001:db8:1:2:ffff:d553:0:1");
  EXPECT_EQ(translated(out, kOut, kIn), "fd01:203:405:1:ffff:5:0:1");
}

TEST(NeutralTranslation, SubnetOfAllOnesHasNoTranslation) {
  EXPECT_EQ(translated("fd01:203:405:ffff::1", kTranslatedInside, kOutside), "none");
  EXPECT_EQ(translated("fd01:203:405:1:ffff:ffff:ffff:ffff", "fd01:203:405:1::/64", "2001:db8:1:2::/64"),
            "none");
}

TEST(NeutralTranslation, ResultOfAllOnesIsZero) {
  EXPECT_EQ(translated("fd01:203:405:2ab0::1", kTranslatedInside, kOutside), "2001:db8:1::1");
}

// A word of zero and one of all ones are equal in ones' complement, so only 0xffff cannot come back.
RC_GTEST_PROP(NeutralTranslation, KeepsTheSumAndComesBack,
              (std::array<uint8_t, 16> bytes, bool long_prefix)) {
  const auto length = static_cast<uint8_t>(long_prefix ? 60 : 44);
  bytes[0] = 0xfd;
  const IpAddress host = IpAddress::from_bytes(bytes);
  const Prefix in = Prefix::of(InterfaceAddress{host, length});
  const Prefix out = Prefix::of(InterfaceAddress{address("2001:db8:1:20::"), length});
  const auto there = sluice::translated(host, row(in, out));
  RC_PRE(there.has_value());
  RC_ASSERT(sum(*there) == sum(host));
  RC_ASSERT(out.contains(*there));
  const auto back = sluice::translated(*there, row(out, in));
  RC_ASSERT(back.has_value());
  RC_ASSERT(*back == host);
}

TEST(NeutralTranslation, StandsInTheRowsOfBothDirections) {
  const Document document = parsed(R"({"version": 1,
    "interfaces": {"wan": {"zone": "w"}, "lan": {"zone": "l"}},
    "nat": {"static": [
      {"name": "a", "outside": "2001:db8:1::/48", "inside": "fd01:203:405::/48", "checksum_neutral": true},
      {"name": "b", "outside": "2001:db8:2::/64", "inside": "fd01:203:406::/64"}]}})");
  const Observed seen = fresh_machine();
  Plan plan;
  const NumberedRules rules =
      compile_rules(document, seen, plan_links(document, seen, EngineKind::kEbpf, plan));
  EXPECT_EQ(ntohs(rules.static_out.at(0).second.adjustment), 0xd54f);
  EXPECT_EQ(ntohs(rules.static_in.at(0).second.adjustment), 0x2ab0);
  EXPECT_EQ(rules.static_out.at(0).second.word, 3);
  EXPECT_EQ(rules.static_out.at(1).second.adjustment, 0);
  EXPECT_EQ(rules.static_out.at(1).second.word, 0);
}

}   // namespace
}   // namespace sluice::test
