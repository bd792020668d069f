// SPDX-License-Identifier: GPL-2.0-or-later
#include "talk/tcp_listener.hpp"

#include <chrono>
#include <utility>

#include "talk/asio_address.hpp"

namespace sluice {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

TcpListener::TcpListener(asio::io_context& io, int waiting, std::string name, Ends ends)
    : acceptor_(io), again_(io), waiting_(waiting), name_(std::move(name)), ends_(std::move(ends)) {}

void TcpListener::listen(const Endpoint& at) {
  if (at_ == at) return;
  at_ = at;
  open();
}

void TcpListener::open() {
  constexpr std::chrono::seconds kListenAgain{1};
  error_code error;
  acceptor_.close(error);
  const auto place = asio_endpoint<tcp>(*at_);
  acceptor_.open(place.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(place, error);
  if (!error) acceptor_.listen(waiting_, error);
  ends_.tell(error ? name_ + ": listen at " + to_string(*at_) + ": " + error.message() : "");
  if (!error) return accept();
  again_.expires_after(kListenAgain);
  again_.async_wait([this](const error_code& cancelled) {
    if (!cancelled) open();
  });
}

void TcpListener::accept() {
  acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
    if (error == asio::error::operation_aborted || !acceptor_.is_open()) return;
    if (!error) ends_.come(std::move(socket));
    accept();
  });
}

}   // namespace sluice
