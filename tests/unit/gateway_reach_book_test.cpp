// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gateway/reach_book.hpp"

namespace sluice {
namespace {

class ReachBooks : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("sluice-reach-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path file() const { return folder_ / "reach.json"; }
  static ReachNews mapped(uint16_t port, uint16_t outside) {
    PortNews news{.port = port};
    news.router.state = PortState::kMapped;
    news.router.by = AskedBy::kUpnp;
    news.router.outside = Endpoint{*IpAddress::parse("203.0.113.1"), outside};
    return {.ports = {news}, .returned = {}, .troubles = {}};
  }

  std::filesystem::path folder_;
};

TEST_F(ReachBooks, APortKeepsItsNonceAndWhatItWasGiven) {
  ReachBook book(folder_);
  book.want({51820});
  book.want_by("wan0");
  ASSERT_EQ(book.wanted().size(), 1u);
  const std::string nonce = book.wanted()[0].nonce;
  EXPECT_EQ(nonce.size(), 24u);
  book.note(mapped(51820, 40000));
  ASSERT_TRUE(book.keep());
  struct stat status {};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  ReachBook again(folder_);
  again.want({51820});
  EXPECT_EQ(again.device(), "wan0");
  EXPECT_EQ(again.wanted()[0], (PortOfOurs{51820, nonce, 40000, 0}));
}

TEST_F(ReachBooks, WhatNobodyWantsIsReturnedUntilItWas) {
  ReachBook book(folder_);
  book.want({51820, 51821});
  book.note(mapped(51820, 40000));
  book.want({});
  ASSERT_EQ(book.to_return().size(), 1u) << "the other one was never given";
  EXPECT_EQ(book.to_return()[0].by, AskedBy::kUpnp);
  ASSERT_TRUE(book.keep());
  EXPECT_EQ(ReachBook(folder_).to_return().size(), 1u);
  book.note({.ports = {}, .returned = {51820}, .troubles = {}});
  EXPECT_TRUE(book.to_return().empty());
}

TEST_F(ReachBooks, WantedAgainItIsNotReturned) {
  ReachBook book(folder_);
  book.want({51820});
  book.note(mapped(51820, 40000));
  book.want({});
  book.want({51820});
  EXPECT_TRUE(book.to_return().empty());
  book.note({.ports = {}, .returned = {51820}, .troubles = {}});
  EXPECT_EQ(book.wanted().size(), 1u) << "an answer that came too late";
}

TEST_F(ReachBooks, ADamagedFileIsNoHarm) {
  for (const char* text :
       {"", "{", "{\"ports\": [{}]}",
        "{\"ports\": [{\"port\": 1, \"nonce\": \"x\", \"by\": \"pcp\", \"outside\": 1, \"outside6\": 0}]}"}) {
    std::ofstream(file()) << text;
    ReachBook book(folder_);
    EXPECT_TRUE(book.to_return().empty()) << text;
    book.want({51820});
    EXPECT_TRUE(book.keep());
  }
}

}   // namespace
}   // namespace sluice
