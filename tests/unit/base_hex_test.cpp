// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include <array>

#include "base/hex.hpp"

namespace sluice {
namespace {

TEST(Hex, TwoDigitsForEachByte) {
  EXPECT_EQ(hex_of(std::array<uint8_t, 3>{0x00, 0x7f, 0xff}), "007fff");
  EXPECT_EQ(hex_of(std::string_view("\xe2\0", 2)), "e200");
  EXPECT_EQ(hex_of(std::string_view()), "");
}

TEST(Hex, IsReadInEitherCase) {
  EXPECT_EQ(bytes_of_hex("00fFAb"), std::string("\0\xff\xab", 3));
  EXPECT_EQ(bytes_of_hex(""), "");
}

TEST(Hex, NothingElseIsRead) {
  for (const char* wrong : {"0", "0g", "g0", "0x", "+1", "-1", " 1", "1 ", "001"})
    EXPECT_FALSE(bytes_of_hex(wrong)) << wrong;
}

TEST(Hex, IsAsLongAsTheRoomForIt) {
  std::array<uint8_t, 2> bytes{};
  EXPECT_FALSE(read_hex("01", bytes));
  EXPECT_FALSE(read_hex("010203", bytes));
  ASSERT_TRUE(read_hex("0102", bytes));
  EXPECT_EQ(bytes, (std::array<uint8_t, 2>{1, 2}));
}

}   // namespace
}   // namespace sluice
