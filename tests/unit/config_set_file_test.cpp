// SPDX-License-Identifier: GPL-2.0-or-later
// Sets whose members stand in a file.
#include <gtest/gtest.h>

#include "config/config.hpp"

namespace sluice {
namespace {

constexpr auto kWithFile = R"({ "version": 1, "sets": { "blocked": { "file": "blocked.txt" } } })";

std::string members_in(const std::string& file) {
  const auto checked = check_document(kWithFile, "test.json", {}, {{"blocked.txt", file}});
  if (!checked) return "refused";
  std::string text;
  for (const Prefix& member : checked->document.sets.at("blocked")) text += member.to_string() + " ";
  return text;
}

std::string complaint_about(const std::string& file) {
  const auto checked = check_document(kWithFile, "test.json", {}, {{"blocked.txt", file}});
  return checked ? "" : checked.error().size() > 1 ? "several" : checked.error().front().reason;
}

TEST(SetFile, HasAnAddressOrPrefixOnEachLine) {
  EXPECT_EQ(members_in("192.0.2.1\n198.51.100.0/24\n2001:db8::/32\n"),
            "192.0.2.1/32 198.51.100.0/24 2001:db8::/32 ");
}

TEST(SetFile, MayHaveCommentsBlanksAndTheEndsOfLinesOfOthers) {
  EXPECT_EQ(members_in("# those of today\r\n\r\n  192.0.2.1 # one\r\n\t192.0.2.2#two"),
            "192.0.2.1/32 192.0.2.2/32 ");
}

TEST(SetFile, MayHaveAMemberTwiceAndInAnyOrder) {
  EXPECT_EQ(members_in("192.0.2.9\n192.0.2.1\n192.0.2.9/32\n"), "192.0.2.1/32 192.0.2.9/32 ");
}

TEST(SetFile, ABadLineIsToldByItsNumberAndNeverByWhatIsOnIt) {
  EXPECT_EQ(complaint_about("192.0.2.1\n\nroot:$6$secret:19000\n"), "blocked.txt:3: is no address or prefix");
  EXPECT_EQ(complaint_about("192.0.2.7/24\n"), "blocked.txt:1: has host bits set");
  EXPECT_EQ(complaint_about(std::string("192.0.2.1\0\n", 11)), "blocked.txt:1: is no address or prefix");
}

TEST(SetFile, ManyBadLinesAreOneComplaint) {
  EXPECT_EQ(complaint_about("one\ntwo\n192.0.2.1\nthree\n"),
            "blocked.txt:1: is no address or prefix; 2 more lines are wrong");
}

TEST(SetFile, WithoutAnAddressIsRefused) {
  EXPECT_EQ(complaint_about(""), "\"blocked.txt\" has no address in it");
  EXPECT_EQ(complaint_about("# nothing today\n"), "\"blocked.txt\" has no address in it");
}

TEST(SetFile, WithTooManyIsRefused) {
  std::string file;
  for (size_t i = 0; i <= kMostSetMembers; ++i)
    file += IpAddress::from_ipv4(static_cast<uint32_t>(i)).to_string() + "\n";
  EXPECT_EQ(complaint_about(file), "\"blocked.txt\" has too many addresses");
}

TEST(SetFile, ThatDidNotComeIsComplainedAbout) {
  const auto checked = check_document(kWithFile, "test.json");
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().front().reason, "what is in \"blocked.txt\" did not come with the document");
  EXPECT_EQ(checked.error().front().path, "sets.blocked.file");
}

TEST(SetFile, MustHaveAName) {
  for (const char* set : {R"({ "file": "" })", R"({ "file": 7 })", R"({})", R"({ "file": "a\u0000b" })",
                          R"({ "file": "blocked.txt", "more": 1 })"}) {
    const std::string text = std::string(R"({ "version": 1, "sets": { "blocked": )") + set + "} }";
    EXPECT_FALSE(check_document(text, "test.json", {}, {{"blocked.txt", "192.0.2.1"}})) << set;
  }
}

TEST(SetFile, IsNamedByTheDocumentOnce) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(files_of_sets(kWithFile), Names{"blocked.txt"});
  EXPECT_EQ(
      files_of_sets(R"({ "sets": { "a": { "file": "x" }, "b": { "file": "x" }, "c": ["192.0.2.1"] } })"),
      Names{"x"});
  EXPECT_EQ(files_of_sets(R"({ "file": "x", "zones": { "a": { "file": "y" } } })"), Names{});
  EXPECT_EQ(files_of_sets(R"({ "sets": { "a": { "file": "x" )"), Names{}) << "broken";
}

}   // namespace
}   // namespace sluice
