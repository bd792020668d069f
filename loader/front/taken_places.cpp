// SPDX-License-Identifier: GPL-2.0-or-later
#include "front/taken_places.hpp"

#include <netinet/tcp.h>

namespace sluice {
namespace {

// Who listens at all addresses of IPv6 most often has those of IPv4 as well; the table does not say.
bool has_place(const Endpoint& other, const Endpoint& place) {
  if (other.port != place.port) return false;
  return other.address == place.address ||
         (other.address.is_unspecified() && (!other.address.is_ipv4() || place.address.is_ipv4()));
}

bool is_taken(const Endpoint& place, const std::vector<SocketRow>& tcp, uint32_t user) {
  bool taken = false;
  for (const SocketRow& row : tcp) {
    if (row.state != TCP_LISTEN) continue;
    if (row.user != user)
      taken |= has_place(row.own, place);
    else if (row.own == place)
      return false;
  }
  return taken;
}

}   // namespace

std::vector<Endpoint> taken_places(const Front& front, const std::vector<SocketRow>& tcp, uint32_t user) {
  std::vector<Endpoint> taken;
  for (const uint16_t port : {front.http, front.https})
    for (const IpAddress& address : front.listen)
      if (const Endpoint place{address, port}; is_taken(place, tcp, user)) taken.push_back(place);
  return taken;
}

}   // namespace sluice
