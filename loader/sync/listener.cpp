// SPDX-License-Identifier: GPL-2.0-or-later
#include "sync/listener.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "sync/link_socket.hpp"
#include "talk/asio_address.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLookAtDevice{1000}, kListenSoon{200};
// Longer than any peer pauses: who still cannot come has tried again by then.
constexpr milliseconds kTroubleIsOld{10'000};
constexpr ptrdiff_t kMostUnknown = 2;   // connections of one address that do not stand yet

}   // namespace

SyncListener::SyncListener(asio::io_context& io, SyncOrder order, Ends ends)
    : io_(io), order_(std::move(order)), ends_(std::move(ends)), acceptor_(io), again_(io) {}

void SyncListener::start() { listen(); }

void SyncListener::listen() {
  error_code ignored;
  acceptor_.close(ignored);
  const auto listens = listen_at_link(acceptor_, order_);
  const std::string trouble = listens ? "" : listens.error().message;
  device_ = listens ? device_index(acceptor_.native_handle(), order_.device) : 0;
  if (std::exchange(trouble_, trouble) != trouble) ends_.change();
  if (listens) accept();
  try_later(listens ? kLookAtDevice : kListenSoon);
}

void SyncListener::try_later(milliseconds pause) {
  again_.expires_after(pause);
  again_.async_wait([this, self = shared_from_this()](const error_code& stopped) {
    if (!stopped && !is_closed_) look();
  });
}

// A socket stays bound to a device that has gone, and hears nothing of another that has its name.
void SyncListener::look() {
  forget_troubles();
  const bool is_there = acceptor_.is_open() && trouble_.empty();
  if (!is_there || device_index(acceptor_.native_handle(), order_.device) != device_) return listen();
  try_later(kLookAtDevice);
}

void SyncListener::forget_troubles() {
  const auto old = steady_clock::now() - kTroubleIsOld;
  if (std::erase_if(troubles_, [&](const auto& one) { return one.second.when < old; }) > 0) ends_.change();
}

void SyncListener::accept() {
  acceptor_.async_accept([this, self = shared_from_this()](const error_code& error, tcp::socket socket) {
    if (is_closed_ || error == asio::error::operation_aborted) return;
    if (!error) {
      take(std::move(socket));
      return accept();
    }
    // Such as too many files: it would fail again at once.
    trouble_ = "accept: " + error.message();
    ends_.change();
    try_later(kListenSoon);
  });
}

void SyncListener::take(tcp::socket socket) {
  error_code error;
  const auto from = socket.remote_endpoint(error);
  const IpAddress peer = error ? IpAddress{} : address_of_asio(from.address());
  if (error || !may_come(peer)) return;
  be_quick(socket);
  SyncConnection::Ends ends;
  const auto place = std::make_shared<const SyncConnection*>(nullptr);
  ends.stand = [this, place] { prefer(*place); };
  ends.hear = [this, peer](const std::string& payload) { ends_.hear(peer, payload); };
  ends.end = [this, place](const std::string& why) { lose(*place, why); };
  ends.is_full = ends_.is_full;
  ends.quiet = ends_.change;
  auto connection =
      std::make_shared<SyncConnection>(std::move(socket), SyncSide::kListener, order_, std::move(ends));
  *place = connection.get();
  heard_.push_back({peer, connection});
  connection->start();
}

bool SyncListener::may_come(const IpAddress& peer) const {
  const auto is_unknown = [&](const Heard& one) { return one.peer == peer && !one.connection->stands(); };
  return std::ranges::count(order_.peers, peer) > 0 &&
         std::ranges::count_if(heard_, is_unknown) < kMostUnknown;
}

// The newest is the one: a peer that has started anew may have left another behind.
void SyncListener::prefer(const SyncConnection* connection) {
  const auto preferred =
      std::ranges::find_if(heard_, [&](const Heard& one) { return one.connection.get() == connection; });
  const IpAddress peer = preferred->peer;
  std::erase_if(heard_, [&](const Heard& one) {
    const bool is_old = one.peer == peer && one.connection.get() != connection && one.connection->stands();
    if (is_old) one.connection->close();
    return is_old;
  });
  troubles_.erase(peer);
  ends_.change();
}

void SyncListener::lose(const SyncConnection* connection, const std::string& why) {
  const auto lost =
      std::ranges::find_if(heard_, [&](const Heard& one) { return one.connection.get() == connection; });
  const IpAddress peer = lost->peer;
  heard_.erase(lost);
  if (!standing(peer) && why != kSyncLeft) troubles_[peer] = {why, steady_clock::now()};
  ends_.change();
}

void SyncListener::follow(const std::vector<IpAddress>& peers) {
  order_.peers = peers;
  const auto is_peer = [&](const IpAddress& one) { return std::ranges::count(peers, one) > 0; };
  std::erase_if(heard_, [&](const Heard& one) {
    if (!is_peer(one.peer)) one.connection->close();
    return !is_peer(one.peer);
  });
  std::erase_if(troubles_, [&](const auto& one) { return !is_peer(one.first); });
}

SyncConnection* SyncListener::standing(const IpAddress& peer) const {
  const auto found = std::ranges::find_if(
      heard_, [&](const Heard& one) { return one.peer == peer && one.connection->stands(); });
  return found == heard_.end() ? nullptr : found->connection.get();
}

std::string SyncListener::node(const IpAddress& peer) const {
  const SyncConnection* connection = standing(peer);
  return connection ? connection->node() : "";
}

bool SyncListener::is_quiet(const IpAddress& peer) const {
  const SyncConnection* connection = standing(peer);
  return connection && connection->is_quiet();
}

std::string SyncListener::trouble_of(const IpAddress& peer) const {
  const auto trouble = troubles_.find(peer);
  return trouble == troubles_.end() ? "" : trouble->second.why;
}

void SyncListener::answer(const IpAddress& peer, std::string_view payload) {
  if (SyncConnection* connection = standing(peer)) connection->say(payload);
}

void SyncListener::go_on() {
  for (const Heard& one : heard_) one.connection->go_on();
}

void SyncListener::close() {
  is_closed_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  again_.cancel();
  for (const Heard& one : heard_) one.connection->close();
  heard_.clear();
}

}   // namespace sluice
