// SPDX-License-Identifier: GPL-2.0-or-later
#include "connect/way_out.hpp"

#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include "kernel/netlink/routes.hpp"
#include "talk/asio_address.hpp"

namespace sluice {
namespace {

using boost::asio::ip::udp;

constexpr uint16_t kAnyPort = 9;   // nothing is sent

// The address that the kernel would send from.
std::optional<IpAddress> source_towards(const IpAddress& to, uint32_t mark) {
  boost::asio::io_context io;
  udp::socket socket(io);
  const auto place = asio_endpoint<udp>({to, kAnyPort});
  boost::system::error_code error;
  socket.open(place.protocol(), error);
  if (error || (mark && ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) != 0))
    return std::nullopt;
  socket.connect(place, error);
  if (error) return std::nullopt;
  const auto from = socket.local_endpoint(error);
  return error ? std::nullopt : std::optional(address_of_asio(from.address()));
}

}   // namespace

Result<std::optional<LaptopWay>> find_way_out(const IpAddress& to, uint32_t mark) {
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  const auto route = TRY(look_up_route(rtnl, to, mark));
  if (!route || route->local) return std::optional<LaptopWay>();
  std::array<char, IF_NAMESIZE> name{};
  if (!::if_indextoname(route->ifindex, name.data())) return std::optional<LaptopWay>();
  LaptopWay way{.device = name.data(), .index = route->ifindex, .local = {}, .local6 = {}};
  (to.is_ipv4() ? way.local : way.local6) = source_towards(to, mark);
  const IpAddress other = to.is_ipv4() ? *IpAddress::parse("2000::1") : *IpAddress::parse("192.0.2.1");
  const auto other_route = TRY(look_up_route(rtnl, other, mark));
  if (other_route && other_route->ifindex == route->ifindex)
    (to.is_ipv4() ? way.local6 : way.local) = source_towards(other, mark);
  return std::optional(way);
}

}   // namespace sluice
