// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay_tcp/server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/v6_only.hpp>
#include <utility>

#include "relay_tcp/visit.hpp"
#include "talk/asio_address.hpp"

namespace sluice {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds kOpenDoorAgain{1};
constexpr int kWaitingVisitors = 1024;

std::string place_of(const tcp::endpoint& at) {
  return to_string(Endpoint{address_of_asio(at.address()), at.port()});
}

}   // namespace

struct RelayTcpServer::Door : std::enable_shared_from_this<Door> {
  Door(asio::io_context& io, tcp::endpoint place)
      : at(std::move(place)), acceptor(io), again(io), answerer(io) {}

  error_code open() {
    error_code error;
    const auto ok = [&] { return !error; };
    acceptor.open(at.protocol(), error);
    if (ok() && at.address().is_v6()) acceptor.set_option(asio::ip::v6_only(true), error);
    if (ok()) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (ok()) acceptor.bind(at, error);
    if (ok()) acceptor.listen(kWaitingVisitors, error);
    if (ok()) error = answerer.open(at.address(), at.port());
    if (error) close();
    return error;
  }

  void close() {
    error_code ignored;
    acceptor.close(ignored);
    again.cancel();
    answerer.close();
  }

  const tcp::endpoint at;
  tcp::acceptor acceptor;
  asio::steady_timer again;
  UdpAnswerer answerer;
};

RelayTcpServer::RelayTcpServer(asio::io_context& io, asio::ssl::context context,
                               std::function<void()> changed)
    : io_(io), context_(std::move(context)), changed_(std::move(changed)), retry_(io) {}

RelayTcpServer::~RelayTcpServer() { close(); }

void RelayTcpServer::follow(const std::optional<RelayTcpListen>& listen) {
  if (listen == listen_) return;
  close();
  listen_ = listen;
  if (!listen_) return;
  for (const auto& protocol : {tcp::v4(), tcp::v6()})
    doors_.push_back(std::make_shared<Door>(io_, tcp::endpoint(protocol, listen_->port)));
  open();
}

void RelayTcpServer::close() {
  retry_.cancel();
  for (const auto& door : std::exchange(doors_, {})) door->close();
  for (const auto& [number, visit] : std::exchange(visits_, {})) visit->close();
  visitors_ = {};
  troubles_.clear();
}

void RelayTcpServer::open() {
  troubles_.clear();
  for (const auto& door : doors_)
    if (!door->acceptor.is_open()) open(*door);
  retry_.cancel();
  changed_();
  if (troubles_.empty()) return;
  retry_.expires_after(kOpenDoorAgain);
  retry_.async_wait([this](const error_code& error) {
    if (!error) open();
  });
}

// A machine without IPv6 has no such sockets.
void RelayTcpServer::open(Door& door) {
  const error_code error = door.open();
  if (!error) return await(door);
  if (door.at.address().is_v6() && error == asio::error::address_family_not_supported) return;
  troubles_.push_back(fmt::format("relay: listen on TCP {}: {}", place_of(door.at), error.message()));
}

void RelayTcpServer::await(Door& door) {
  door.acceptor.async_accept(
      [this, held = door.shared_from_this()](const error_code& error, tcp::socket socket) {
        if (!held->acceptor.is_open()) return;
        if (!error) {
          take(std::move(socket));
          return await(*held);
        }
        // Files that are used up come back when somebody leaves.
        held->again.expires_after(kOpenDoorAgain);
        held->again.async_wait([this, held](const error_code& cancelled) {
          if (!cancelled) await(*held);
        });
      });
}

void RelayTcpServer::take(tcp::socket socket) {
  error_code error;
  const auto from = socket.remote_endpoint(error);
  if (error) return;
  std::optional<Visitors::Number> left;
  const auto number = visitors_.come(address_of_asio(from.address()), left);
  if (left)
    if (const auto visit = visits_.extract(*left)) visit.mapped()->close();
  if (!number) return;
  auto visit = std::make_shared<RelayVisit>(
      std::make_shared<TlsStream>(std::move(socket), context_), listen_->tunnel, *number,
      RelayVisit::Ends{.proven = [this, number = *number] { visitors_.prove(number); },
                       .ended = [this, number = *number] { leave(number); }});
  visits_.emplace(*number, visit);
  visit->start();
}

void RelayTcpServer::leave(Visitors::Number number) {
  visitors_.leave(number);
  visits_.erase(number);
}

}   // namespace sluice
