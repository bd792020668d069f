// SPDX-License-Identifier: GPL-2.0-or-later
// Which datagrams are heard as messages of a handshake, each test in a network namespace of its own.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

#include "../support/network_namespace.hpp"
#include "kernel/wireguard/handshake_ear.hpp"

namespace sluice {
namespace {

constexpr uint16_t kPort = 51820, kOtherPort = 51822;

void set_loopback_up() {
  const UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  ASSERT_EQ(::ioctl(fd.get(), SIOCSIFFLAGS, &request), 0);
}

// A message of that type to the loopback address, where nobody listens. It has arrived when this returns.
void send_message(IpFamily family, uint16_t port, uint8_t type) {
  const bool four = family == IpFamily::kIpv4;
  const UniqueFd fd(::socket(four ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in to4{};
  to4.sin_family = AF_INET;
  to4.sin_port = htons(port);
  to4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 to6{};
  to6.sin6_family = AF_INET6;
  to6.sin6_port = htons(port);
  to6.sin6_addr = in6addr_loopback;
  const auto* to = four ? reinterpret_cast<sockaddr*>(&to4) : reinterpret_cast<sockaddr*>(&to6);
  const uint8_t message[148] = {type};
  ASSERT_EQ(::sendto(fd.get(), message, sizeof(message), 0, to, four ? sizeof(to4) : sizeof(to6)), 148);
}

bool hears(const UniqueFd& ear) {
  pollfd waiting{.fd = ear.get(), .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, 0) == 1;
}

void hear(IpFamily family) {
  set_loopback_up();
  const auto ear = open_handshake_ear(family, {51819, kPort});
  ASSERT_TRUE(ear) << ear.error().message;
  for (const uint8_t type : {uint8_t{0}, uint8_t{3}, uint8_t{4}}) send_message(family, kPort, type);
  send_message(family, kOtherPort, 1);
  EXPECT_FALSE(hears(*ear));
  for (const uint8_t type : {uint8_t{1}, uint8_t{2}}) {
    send_message(family, kPort, type);
    EXPECT_TRUE(hears(*ear)) << int{type};
    drain_handshake_ear(ear->get());
    EXPECT_FALSE(hears(*ear));
  }
}

TEST_IN_NETWORK(HandshakeEar, HearsTheFirstTwoMessagesOfIpv4AndNothingElse) { hear(IpFamily::kIpv4); }
TEST_IN_NETWORK(HandshakeEar, HearsTheFirstTwoMessagesOfIpv6AndNothingElse) { hear(IpFamily::kIpv6); }

}   // namespace
}   // namespace sluice
