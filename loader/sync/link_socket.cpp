// SPDX-License-Identifier: GPL-2.0-or-later
#include "sync/link_socket.hpp"

#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <boost/asio/ip/v6_only.hpp>
#include <cerrno>

#include "talk/asio_address.hpp"

namespace sluice {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr int kMostToAccept = 16;
constexpr int kMillisecondsToAcknowledge = 3000;
// Before what nodes hand over, in the queue of the link and in switches that heed it.
constexpr int kNetworkControl = 0xC0;   // DSCP CS6 (RFC 2474)
constexpr int kFirstOfQueue = 6;        // TC_PRIO_INTERACTIVE of <linux/pkt_sched.h>

bool set_number(int socket, int level, int option, int number) {
  return ::setsockopt(socket, level, option, &number, sizeof(number)) == 0;
}

Result<> bind_to_device(int socket, const std::string& device) {
  if (::setsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, device.data(),
                   static_cast<socklen_t>(device.size())) != 0)
    return fail_errno("use " + device, errno);
  return {};
}

Result<> or_fail(const std::string& doing, const error_code& error) {
  return error ? Result<>(fail(doing + ": " + error.message())) : Result<>();
}

}   // namespace

Result<> listen_at_link(tcp::acceptor& acceptor, const SyncOrder& order) {
  const auto at = asio_endpoint<tcp>({order.own, order.port});
  const std::string doing = "listen at " + to_string(Endpoint{order.own, order.port});
  error_code error;
  acceptor.open(at.protocol(), error);
  TRY(or_fail(doing, error));
  const int socket = acceptor.native_handle();
  const bool v4 = order.own.is_ipv4();
  TRY_TO(doing, bind_to_device(socket, order.device));
  if (!set_number(socket, v4 ? SOL_IP : SOL_IPV6, v4 ? IP_FREEBIND : IPV6_FREEBIND, 1) ||
      !set_number(socket, SOL_SOCKET, SO_REUSEADDR, 1) ||
      (!v4 && !set_number(socket, SOL_IPV6, IPV6_V6ONLY, 1)))
    return fail_errno(doing, errno);
  acceptor.bind(at, error);
  if (!error) acceptor.listen(kMostToAccept, error);
  return or_fail(doing, error);
}

Result<> open_at_link(tcp::socket& socket, const SyncOrder& order) {
  const auto from = asio_endpoint<tcp>({order.own, 0});
  error_code error;
  socket.open(from.protocol(), error);
  TRY(or_fail("dial", error));
  TRY_TO("dial", bind_to_device(socket.native_handle(), order.device));
  socket.bind(from, error);
  return or_fail("dial from " + order.own.to_string(), error);
}

// The class sets a priority as well: it comes first.
void be_quick(tcp::socket& socket) {
  error_code error;
  const bool v4 = socket.local_endpoint(error).address().is_v4();
  set_number(socket.native_handle(), v4 ? SOL_IP : SOL_IPV6, v4 ? IP_TOS : IPV6_TCLASS, kNetworkControl);
  set_number(socket.native_handle(), SOL_SOCKET, SO_PRIORITY, kFirstOfQueue);
  set_number(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, 1);
  set_number(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, kMillisecondsToAcknowledge);
}

int device_index(int socket, const std::string& device) {
  ifreq request{};
  device.copy(request.ifr_name, sizeof(request.ifr_name) - 1);
  return ::ioctl(socket, SIOCGIFINDEX, &request) == 0 ? request.ifr_ifindex : 0;
}

}   // namespace sluice
