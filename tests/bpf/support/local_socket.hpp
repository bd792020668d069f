// SPDX-License-Identifier: GPL-2.0-or-later
// A socket of the gateway itself.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>

#include "base/unique_fd.hpp"

namespace sluice::test {

class LocalSocket {
 public:
  static LocalSocket udp(const std::string& address, uint16_t port) { return {SOCK_DGRAM, address, port}; }
  // Listens.
  static LocalSocket tcp(const std::string& address, uint16_t port) { return {SOCK_STREAM, address, port}; }

 private:
  LocalSocket(int kind, const std::string& address, uint16_t port) : socket_(socket(AF_INET, kind, 0)) {
    sockaddr_in name{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr{}, .sin_zero{}};
    inet_pton(AF_INET, address.c_str(), &name.sin_addr);
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<sockaddr*>(&name), sizeof(name)), 0);
    EXPECT_TRUE(kind == SOCK_DGRAM || listen(socket_.get(), 1) == 0);
  }
  UniqueFd socket_;
};

}   // namespace sluice::test
