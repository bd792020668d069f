// SPDX-License-Identifier: GPL-2.0-or-later
// What is taken out of the texts of a bundle, and what stays.
#include <gmock/gmock.h>

#include "bundle/scrubber.hpp"
#include "bundle/secret_files.hpp"

namespace sluice {
namespace {

using testing::ElementsAre;

constexpr char kSomeKey[] = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";

std::string scrubbed(std::string_view text) { return Scrubber().scrub(text); }

TEST(Scrubber, TakesOutWhatItKnowsWhereverItStands) {
  Scrubber scrubber;
  scrubber.remove("open sesame");
  scrubber.remove("a \"quoted\" one");
  EXPECT_EQ(scrubber.scrub("say open sesame, and: open sesame"), "say [removed], and: [removed]");
  EXPECT_EQ(scrubber.scrub(R"({"x": "a \"quoted\" one"})"), R"({"x": "[removed]"})");
  EXPECT_EQ(scrubber.scrub("open sesam"), "open sesam");
}

TEST(Scrubber, TakesOutTheLongerOfTwoThatBeginAlike) {
  Scrubber scrubber;
  scrubber.remove("abcdefgh");
  scrubber.remove("abcdefghijkl");
  EXPECT_EQ(scrubber.scrub("abcdefghijklm"), "[removed]m");
}

TEST(Scrubber, LooksForNothingThatIsShort) {
  Scrubber scrubber;
  scrubber.remove("");
  scrubber.remove("wan");
  EXPECT_EQ(scrubber.scrub("wan and lan"), "wan and lan");
}

TEST(Scrubber, TakesOutKeysAndKeepsPublicOnes) {
  Scrubber scrubber;
  const std::string text = std::string("key ") + kSomeKey + ".";
  EXPECT_EQ(scrubber.scrub(text), "key [removed].");
  scrubber.keep(kSomeKey);
  EXPECT_EQ(scrubber.scrub(text), text);
  EXPECT_EQ(scrubbed("-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY-----\nnext"),
            "[removed]\nnext");
  EXPECT_EQ(scrubbed("-----BEGIN PRIVATE KEY-----\nMHc"), "[removed]");
}

TEST(Scrubber, LeavesOfUrlsTheHost) {
  EXPECT_EQ(scrubbed("https://"
                     "bob:pw@dns.example:8443/update?token=x#y: timed out"),
            "https://[removed]@dns.example:8443/[removed]: timed out");
  EXPECT_EQ(scrubbed(R"("url": "https://dns.example/")"), R"("url": "https://dns.example/")");
  EXPECT_EQ(scrubbed("http://[2001:db8::1]:80/a"), "http://[2001:db8::1]:80/[removed]");
  EXPECT_EQ(scrubbed("https://"
                     "192.0.2.1: no"),
            "https://"
            "192.0.2.1: no");
}

TEST(Scrubber, TakesOutWhatIsCalledASecret) {
  EXPECT_EQ(scrubbed(R"({"password": "two words", "a": 1})"), R"({"password": "[removed]", "a": 1})");
  EXPECT_EQ(scrubbed(R"("why": "{\"api_token\": \"x y\"}")"), R"("why": "{\"api_token\": \"[removed]\"}")");
  EXPECT_EQ(scrubbed("new password hunter2 for bob"), "new password [removed] for bob");
  EXPECT_EQ(scrubbed("TOKEN=abc&x"), "TOKEN=[removed]");
  EXPECT_EQ(scrubbed("Authorization: Bearer abcdefgh.ijk"), "Authorization: Bearer [removed]");
  EXPECT_EQ(scrubbed("eyJhbGciOi.eyJzdWIi.c2ln end"), "[removed] end");
}

TEST(Scrubber, LeavesWhatOnlyLooksAlike) {
  for (const char* text :
       {R"("token_file": "alice.token")", R"("tokens": {"algorithm": "ES256"})",
        R"("private_key_kept": true)", "0123456789abcdef0123456789abcdef0123456789abcdef",
        "2001:db8:1234:5678:9abc:def0:1234:5678/128", "/var/lib/sluice/network-keys/home.key",
        "no token is there", "sluice_policy_packets_total{policy=\"lan-out\"} 3"})
    EXPECT_EQ(scrubbed(text), text);
}

TEST(SecretsOfFiles, AreLinesAndWhatIsQuoted) {
  Scrubber scrubber;
  remove_secrets_of(
      "key \"alice.example.org\" {\n\talgorithm hmac-sha256;\n\tsecret \"c2VjcmV0c2VjcmV0\";\n};\n",
      scrubber);
  remove_secrets_of("  a token with blanks \n", scrubber);
  EXPECT_EQ(scrubber.scrub("c2VjcmV0c2VjcmV0 of alice.example.org"), "[removed] of alice.example.org");
  EXPECT_EQ(scrubber.scrub("is a token with blanks"), "is [removed]");
}

TEST(SecretsOfFiles, AreNamedByTheDocument) {
  EXPECT_THAT(
      secret_files_of(R"({"a": {"key_file": "k" /* no */}, "b": [{"token_file": "/t"}, {"ca_file": "c"}],
                                  "tokens": {"key_file": ["one", "two"]}, "x": {"key": {"key": "deep"}}})"),
      testing::UnorderedElementsAre("k", "/t", "one", "two", "deep"));
  EXPECT_THAT(secret_files_of("{"), ElementsAre());
}

TEST(WithoutComments, KeepsLinesAndTexts) {
  EXPECT_EQ(without_comments("{ // hunter2\n \"a\": \"//b /* c */\", /* d\ne */ \"f\": 1 }"),
            "{ \n \"a\": \"//b /* c */\", \n \"f\": 1 }");
}

}   // namespace
}   // namespace sluice
