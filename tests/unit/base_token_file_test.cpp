// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/token_file.hpp"

namespace sluice {
namespace {

using testing::EndsWith;

// A file of its own, removed at the end.
class TokenFile : public testing::Test {
 protected:
  TokenFile() {
    std::string name = (std::filesystem::temp_directory_path() / "sluice-token-XXXXXX").string();
    ::close(::mkstemp(name.data()));
    file_ = name;
  }
  ~TokenFile() override { std::filesystem::remove(file_); }

  Result<std::string> token(std::string_view text, size_t least = 1) const {
    EXPECT_TRUE(write_file_atomically(file_, text, 0600));
    return token_in(file_, least);
  }
  std::string complaint(std::string_view text, size_t least = 1) const {
    const auto read = token(text, least);
    return read ? "none" : read.error().message;
  }

  std::filesystem::path file_;
};

TEST_F(TokenFile, BlanksAroundItAreNoPartOfIt) {
  EXPECT_EQ(token("aB-._~+/=\r\n").value_or(""), "aB-._~+/=");
  EXPECT_EQ(token(" \ttoken ").value_or(""), "token");
}

TEST_F(TokenFile, WhatNoHeaderOfHttpCanHaveIsNoToken) {
  for (const std::string_view text :
       {std::string_view("one two"), std::string_view("one\ntwo"), std::string_view("one\r\nX-More: two"),
        std::string_view("one\0two", 7), std::string_view("t\xc3\xb6ken"), std::string_view("one\x7f")})
    EXPECT_THAT(complaint(text), EndsWith("has blanks in it, or characters that are not of ASCII"));
}

TEST_F(TokenFile, WhatIsTooShortIsTold) {
  EXPECT_THAT(complaint(" \n"), EndsWith("is empty"));
  EXPECT_THAT(complaint("short", 16), EndsWith("has fewer than 16 characters"));
}

}   // namespace
}   // namespace sluice
