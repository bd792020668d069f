// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "kernel/sysctl/sysctl.hpp"

namespace sluice {
namespace {

TEST(SysctlPath, DeviceNamesMayHoldDots) {
  EXPECT_TRUE(is_sysctl_path("net/ipv4/conf/eth1.20/forwarding"));
  EXPECT_TRUE(is_sysctl_path("net/ipv4/conf/a..b/forwarding"));
}

TEST(SysctlPath, NothingLeavesProcSys) {
  for (const std::string_view path : {"", "/", "/etc/passwd", "..", "../x", "net/../../x", "net/..", "net//x",
                                      "net/", "./net", "net/./x"}) {
    EXPECT_FALSE(is_sysctl_path(path)) << path;
  }
  EXPECT_FALSE(is_sysctl_path(std::string_view("net\0/x", 6)));
}

TEST(Sysctl, ARefusedPathIsNeitherReadNorWritten) {
  const auto read = read_sysctl("net/../../etc/hostname");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "\"net/../../etc/hostname\" is not a setting below /proc/sys");
  EXPECT_FALSE(write_sysctl("/net/ipv4/ip_forward", "1"));
}

TEST(Sysctl, AValueComesWithoutItsNewline) {
  const auto type = read_sysctl("kernel/ostype");
  ASSERT_TRUE(type) << type.error().message;
  EXPECT_EQ(*type, "Linux");
}

TEST(Sysctl, WhatIsNotThereIsNoFailureToReadButOneToWrite) {
  EXPECT_EQ(read_sysctl("net/ipv4/conf/nosuchdevice/forwarding").value(), std::nullopt);
  const auto written = write_sysctl("net/ipv4/conf/nosuchdevice/forwarding", "1");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message,
            "write \"1\" to /proc/sys/net/ipv4/conf/nosuchdevice/forwarding: No such file or directory");
}

}   // namespace
}   // namespace sluice
