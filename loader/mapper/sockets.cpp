// SPDX-License-Identifier: GPL-2.0-or-later
#include "mapper/sockets.hpp"

#include <fmt/format.h>

#include <boost/asio/ip/udp.hpp>
#include <set>

#include "resolver/place_socket.hpp"
#include "talk/asio_address.hpp"

namespace sluice {

using boost::system::error_code;
using MappingUdp = boost::asio::ip::udp;

// Who has no room for an answer loses it, and asks again.
class MappingSocket : public std::enable_shared_from_this<MappingSocket> {
 public:
  MappingSocket(boost::asio::io_context& io, Mapper& mapper, std::string zone)
      : socket_(io), mapper_(mapper), zone_(std::move(zone)) {}

  Result<> open(const ListenPlace& place) { return open_at(socket_, place, false, kMappingPort); }
  void close() { socket_.close(ignored_); }

  void await() {
    socket_.async_receive_from(boost::asio::buffer(buffer_), from_,
                               [self = shared_from_this()](const error_code& error, size_t size) {
                                 if (!self->socket_.is_open()) return;
                                 if (!error) self->hear(size);
                                 self->await();
                               });
  }

  void send(const pcp::Bytes& message, const MappingUdp::endpoint& to) {
    if (socket_.is_open()) socket_.send_to(boost::asio::buffer(message), to, 0, ignored_);
  }

 private:
  void hear(size_t size) {
    mapper_.hear(
        zone_, address_of_asio(from_.address()), {buffer_.data(), size},
        [self = shared_from_this(), to = from_](const pcp::Bytes& answer) { self->send(answer, to); });
  }

  MappingUdp::socket socket_;
  Mapper& mapper_;
  const std::string zone_;
  std::array<uint8_t, pcp::kLongestMessage + 1> buffer_{};   // that one is too long is seen
  MappingUdp::endpoint from_;
  error_code ignored_;
};

namespace {

constexpr std::chrono::seconds kOpenAgain{1};

// All hosts of the link (RFC 6886 section 3.2.1).
MappingUdp::endpoint all_hosts() { return {boost::asio::ip::address_v4({224, 0, 0, 1}), kMappingNewsPort}; }

}   // namespace

MappingSockets::MappingSockets(boost::asio::io_context& io, Mapper& mapper)
    : io_(io), mapper_(mapper), retry_(io) {}

MappingSockets::~MappingSockets() {
  for (const auto& [place, seat] : seats_)
    if (seat.socket) seat.socket->close();
}

void MappingSockets::follow() {
  std::set<Place> wanted;
  for (const MappingZone& zone : mapper_.order().zones)
    for (const ListenPlace& place : zone.places) wanted.emplace(zone.name, place);
  std::erase_if(seats_, [&](const auto& one) {
    if (wanted.contains(one.first)) return false;
    if (one.second.socket) one.second.socket->close();
    return true;
  });
  for (const Place& place : wanted) seats_.try_emplace(place);
  open();
}

void MappingSockets::open() {
  bool all = true;
  for (auto& [place, seat] : seats_) {
    if (!seat.socket) open(place, seat);
    all &= seat.trouble.empty();
  }
  retry_.cancel();
  if (all) return;
  retry_.expires_after(kOpenAgain);
  retry_.async_wait([this](const error_code& error) {
    if (!error) open();
  });
}

void MappingSockets::open(const Place& place, Seat& seat) {
  auto socket = std::make_shared<MappingSocket>(io_, mapper_, place.first);
  const auto opened = socket->open(place.second);
  seat.trouble = opened ? "" : opened.error().message;
  if (!opened) return;
  seat.socket = std::move(socket);
  seat.socket->await();
}

void MappingSockets::announce() {
  const uint32_t epoch = mapper_.epoch();
  for (const MappingZone& zone : mapper_.order().zones)
    for (const ListenPlace& place : zone.places) {
      const auto seat = seats_.find({zone.name, place});
      if (seat == seats_.end() || !seat->second.socket || !place.address.is_ipv4()) continue;
      seat->second.socket->send(pcp::write_announcement(epoch), all_hosts());
      if (zone.outside) seat->second.socket->send(pcp::write_announcement(epoch, *zone.outside), all_hosts());
    }
}

std::vector<std::string> MappingSockets::troubles() const {
  std::vector<std::string> troubles;
  for (const auto& [place, seat] : seats_)
    if (!seat.trouble.empty()) troubles.push_back(fmt::format("zone \"{}\": {}", place.first, seat.trouble));
  return troubles;
}

}   // namespace sluice
