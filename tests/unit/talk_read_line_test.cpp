// SPDX-License-Identifier: GPL-2.0-or-later
// Lines from a socket, however they come.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <vector>

#include "talk/line.hpp"
#include "talk/read_line.hpp"

namespace sluice::test {
namespace {

namespace asio = boost::asio;

class ReadLine : public testing::Test {
 protected:
  ReadLine() { asio::local::connect_pair(here, there); }

  void read() {
    async_read_line(here, input, [this](const boost::system::error_code& error, size_t size) {
      if (error) {
        ended = error;
        return;
      }
      lines.push_back(take_line(input, size));
      read();
    });
  }
  // All that can be read until then.
  void come(const std::string& text) {
    asio::write(there, asio::buffer(text));
    io.restart();
    io.poll();
  }

  asio::io_context io;
  asio::local::stream_protocol::socket here{io}, there{io};
  asio::streambuf input{200'000};
  std::vector<std::string> lines;
  boost::system::error_code ended;
};

TEST_F(ReadLine, SeveralAtOnceAndInPieces) {
  read();
  EXPECT_TRUE(lines.empty());
  come("one\ntwo\n\nthr");
  EXPECT_EQ(lines, (std::vector<std::string>{"one\n", "two\n", "\n"}));
  come("e");
  EXPECT_EQ(lines.size(), 3u);
  come("e\nfour");
  EXPECT_EQ(lines.back(), "three\n");
  come("\n");
  EXPECT_EQ(lines.back(), "four\n");
  EXPECT_FALSE(ended);
}

TEST_F(ReadLine, LongerThanWhatIsReadAtOnce) {
  const std::string part(90'000, 'x');
  read();
  come(part);
  come(part + "\nmore\n");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].size(), 180'001u);
  EXPECT_EQ(lines[1], "more\n");
}

TEST_F(ReadLine, LongerThanTheBufferMayBeIsAnError) {
  const std::string part(90'000, 'x');
  read();
  for (int i = 0; i < 3; ++i) come(part);
  EXPECT_EQ(ended, asio::error::not_found);
  EXPECT_TRUE(lines.empty());
}

TEST_F(ReadLine, TheEndIsTold) {
  read();
  come("one\nhalf");
  there.close();
  io.restart();
  io.poll();
  EXPECT_EQ(lines, std::vector<std::string>{"one\n"});
  EXPECT_EQ(ended, asio::error::eof);
}

// Whoever asks may be in the middle of something.
TEST_F(ReadLine, NothingIsCalledFromWithin) {
  asio::write(there, asio::buffer(std::string("one\ntwo\n")));
  read();
  EXPECT_TRUE(lines.empty());
  io.poll();
  EXPECT_EQ(lines.size(), 2u);
}

}   // namespace
}   // namespace sluice::test
