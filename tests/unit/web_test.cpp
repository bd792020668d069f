// SPDX-License-Identifier: GPL-2.0-or-later
// What the process that answers browsers is told and says, and the files that it has.
#include <gtest/gtest.h>

#include "talk/bearer.hpp"
#include "web/pages.hpp"
#include "web/wire.hpp"

namespace sluice {
namespace {

TEST(WebWire, OrdersComeAsTheyWere) {
  const WebOrder order{
      .listen = {*IpAddress::parse("::1"), 8468}, .token = "0123456789abcdef", .about = R"({"allow":[]})"};
  const auto read = decode_web_order(encode_web_order(order));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->listen, order.listen);
  EXPECT_EQ(read->token, order.token);
  EXPECT_EQ(read->about, order.about);
  EXPECT_EQ(decode_web_news(encode_web_news({"the port is taken"}))->trouble, "the port is taken");
}

TEST(WebWire, NonsenseIsRefused) {
  for (const char* line : {"", "{", "{}", "[]", R"({"listen":null,"token":"a","about":""})",
                           R"({"listen":{"address":"x","port":1},"token":"a","about":""})"})
    EXPECT_FALSE(decode_web_order(line).has_value()) << line;
  for (const char* line : {"", "{}", R"({"trouble":5})"}) EXPECT_FALSE(decode_web_news(line).has_value());
}

TEST(WebFiles, TheFirstPageIsAtTheRoot) {
  const WebFile* first = web_file_at("/");
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->name, "index.html");
  EXPECT_EQ(first->type, "text/html; charset=utf-8");
  EXPECT_EQ(web_file_at("/index.html?a=b"), first);
}

TEST(WebFiles, EachIsWhatTheBrowserIsTold) {
  for (const WebFile& file : web_files()) {
    EXPECT_FALSE(file.type.empty()) << file.name;
    EXPECT_FALSE(file.text.empty()) << file.name;
    EXPECT_EQ(web_file_at("/" + std::string(file.name)), &file);
  }
}

TEST(WebFiles, NothingElseIsThere) {
  for (const char* target :
       {"", "index.html", "//index.html", "/../index.html", "/INDEX.HTML", "/%2e", "/web.token"})
    EXPECT_EQ(web_file_at(target), nullptr) << target;
}

TEST(Bearer, TheTokenAndNoOther) {
  EXPECT_TRUE(has_token("Bearer secret", "secret"));
  for (const char* shown : {"", "Bearer ", "Bearer secre", "Bearer secrets", "Bearer secreT", "bearer secret",
                            "Basic secret", "secret", "Bearer  secret"})
    EXPECT_FALSE(has_token(shown, "secret")) << shown;
}

TEST(Bearer, NobodyHasATokenThatIsEmpty) {
  EXPECT_FALSE(has_token("Bearer ", ""));
  EXPECT_FALSE(has_token("", ""));
}

}   // namespace
}   // namespace sluice
