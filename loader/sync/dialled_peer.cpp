// SPDX-License-Identifier: GPL-2.0-or-later
#include "sync/dialled_peer.hpp"

#include <algorithm>
#include <utility>

#include "sync/link_socket.hpp"
#include "talk/asio_address.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

constexpr milliseconds kSoonestDial{200}, kLatestDial{2000}, kTimeToDial{2000};

}   // namespace

SyncDialledPeer::SyncDialledPeer(asio::io_context& io, SyncOrder order, const IpAddress& peer, Ends ends)
    : io_(io),
      order_(std::move(order)),
      peer_(peer),
      ends_(std::move(ends)),
      socket_(io),
      retry_(io),
      deadline_(io),
      pause_(kSoonestDial) {}

void SyncDialledPeer::dial() {
  if (const auto opened = open_at_link(socket_, order_); !opened) return lose(opened.error().message);
  be_quick(socket_);
  dials_ = true;
  deadline_.expires_after(kTimeToDial);
  deadline_.async_wait([this, self = shared_from_this()](const error_code& stopped) {
    error_code ignored;
    if (!stopped && dials_) socket_.close(ignored);
  });
  const auto to = asio_endpoint<tcp>({peer_, order_.port});
  socket_.async_connect(to, [this, self = shared_from_this()](const error_code& error) {
    dials_ = false;
    deadline_.cancel();
    if (is_closed_) return;
    if (!error) return begin();
    const bool is_late = error == asio::error::operation_aborted;
    lose("dial: " + (is_late ? error_code(asio::error::timed_out) : error).message());
  });
}

void SyncDialledPeer::begin() {
  SyncConnection::Ends ends;
  ends.stand = [this] {
    pause_ = kSoonestDial;
    trouble_.clear();
    ends_.stand(peer_);
  };
  ends.hear = [this](const std::string& payload) { ends_.answer(peer_, payload); };
  ends.end = [this](const std::string& why) { lose(why); };
  ends.is_full = ends_.is_full;
  ends.quiet = ends_.change;
  connection_ = std::make_shared<SyncConnection>(std::exchange(socket_, tcp::socket(io_)), SyncSide::kDialler,
                                                 order_, std::move(ends));
  connection_->start();
}

void SyncDialledPeer::lose(const std::string& why) {
  trouble_ = why;
  connection_.reset();
  error_code ignored;
  socket_.close(ignored);
  retry_.expires_after(pause_);
  pause_ = std::min(2 * pause_, kLatestDial);
  retry_.async_wait([this, self = shared_from_this()](const error_code& stopped) {
    if (!stopped && !is_closed_) dial();
  });
  ends_.change();
}

void SyncDialledPeer::say(std::string_view payload) {
  if (connection_) connection_->say(payload);
}

void SyncDialledPeer::go_on() {
  if (connection_) connection_->go_on();
}

void SyncDialledPeer::close() {
  is_closed_ = true;
  error_code ignored;
  socket_.close(ignored);
  retry_.cancel();
  deadline_.cancel();
  if (connection_) std::exchange(connection_, nullptr)->close();
}

}   // namespace sluice
