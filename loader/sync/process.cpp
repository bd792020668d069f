// SPDX-License-Identifier: GPL-2.0-or-later
#include "sync/process.hpp"

#include <sodium.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "sync/dialled_peer.hpp"
#include "sync/listener.hpp"
#include "sync/wire.hpp"
#include "talk/daemon_link.hpp"
#include "talk/serve_helper.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;

// A peer that does not read leaves 8 MiB here, in strings that may have grown to twice of that.
const HelperLimits kLimitsOfSync{.right = "", .files = 256, .memory = "256M"};

constexpr size_t kMostForDaemon = size_t{4} << 20;

// Everything but whom it is with: it stays as it is, or all connections are made anew.
bool is_same_link(const SyncOrder& one, const SyncOrder& other) {
  SyncOrder with_peers = one;
  with_peers.peers = other.peers;
  with_peers.sends = other.sends;
  return with_peers == other;
}

class SyncTalk {
 public:
  SyncTalk(asio::io_context& io, int socket) : io_(io), daemon_(io, socket, kLongestSyncLine) {
    daemon_.when_said([this] {
      if (was_full_ && !is_full()) go_on();
    });
    daemon_.hear([this](const std::string& line) { return heed(line); });
  }
  ~SyncTalk() { leave(); }
  SyncTalk(const SyncTalk&) = delete;
  SyncTalk& operator=(const SyncTalk&) = delete;

 private:
  bool heed(const std::string& line) {
    const auto request = decode_sync_request(line);
    if (!request) return false;
    if (const auto* order = std::get_if<SyncOrder>(&*request)) follow(*order);
    if (const auto* all = std::get_if<SyncAll>(&*request))
      for (const auto& peer : dialled_) peer->say(all->payload);
    if (const auto* back = std::get_if<SyncBack>(&*request); back && listener_)
      listener_->answer(back->to, back->payload);
    return true;
  }

  // Who has told others has not listened meanwhile: it hears all of it, on new connections.
  void follow(const SyncOrder& order) {
    if (order_ == order) return;
    if (order_ && (!is_same_link(*order_, order) || (order_->sends && !order.sends))) leave();
    order_ = order;
    if (listener_)
      listener_->follow(order.peers);
    else
      listen();
    choose_dialled();
    tell();
  }

  void listen() {
    SyncListener::Ends ends;
    ends.change = [this] { tell(); };
    ends.hear = [this](const IpAddress& peer, const std::string& payload) {
      say(encode_sync_from(peer, payload));
    };
    ends.is_full = [this] { return is_full(); };
    listener_ = std::make_shared<SyncListener>(io_, *order_, std::move(ends));
    listener_->start();
  }

  void choose_dialled() {
    std::erase_if(dialled_, [&](const auto& one) {
      const bool stays = order_->sends && std::ranges::count(order_->peers, one->peer()) > 0;
      if (!stays) one->close();
      return !stays;
    });
    if (!order_->sends) return;
    for (const IpAddress& peer : order_->peers)
      if (!dialled(peer)) dial(peer);
  }

  void dial(const IpAddress& peer) {
    SyncDialledPeer::Ends ends;
    ends.stand = [this](const IpAddress& standing) {
      ++sessions_[standing];
      tell();
    };
    ends.change = [this] { tell(); };
    ends.answer = [this](const IpAddress& from, const std::string& payload) {
      say(encode_sync_answer(from, payload));
    };
    ends.is_full = [this] { return is_full(); };
    dialled_.push_back(std::make_shared<SyncDialledPeer>(io_, *order_, peer, std::move(ends)));
    dialled_.back()->dial();
  }

  const SyncDialledPeer* dialled(const IpAddress& peer) const {
    const auto found = std::ranges::find_if(dialled_, [&](const auto& one) { return one->peer() == peer; });
    return found == dialled_.end() ? nullptr : found->get();
  }

  SyncPeer news_of(const IpAddress& address) {
    const SyncDialledPeer* to = dialled(address);
    SyncPeer news{.address = address, .sessions = sessions_[address]};
    news.sends_to = to && to->stands();
    news.hears_from = listener_->hears(address);
    news.quiet = order_->sends ? to && to->is_quiet() : listener_->is_quiet(address);
    news.node = news.sends_to ? to->node() : listener_->node(address);
    if (to && !news.sends_to) news.trouble = to->trouble();
    if (news.trouble.empty() && !news.hears_from) news.trouble = listener_->trouble_of(address);
    return news;
  }

  // Where the daemon is slow it is told the latest, once it has heard the rest.
  void tell() {
    if (!order_ || !listener_ || is_full()) return;
    SyncNews news;
    for (const IpAddress& peer : order_->peers) news.peers.push_back(news_of(peer));
    news.trouble = listener_->trouble();
    if (told_ == news) return;
    told_ = news;
    say(encode_sync_news(news));
  }

  // Who fills it is made to wait.
  bool is_full() const { return daemon_.unsaid() > kMostForDaemon; }

  void say(std::string_view line) {
    daemon_.say(line);
    was_full_ |= is_full();
  }

  void go_on() {
    was_full_ = false;
    tell();
    for (const auto& peer : dialled_) peer->go_on();
    if (listener_) listener_->go_on();
  }

  void leave() {
    for (const auto& peer : std::exchange(dialled_, {})) peer->close();
    if (listener_) std::exchange(listener_, nullptr)->close();
  }

  asio::io_context& io_;
  DaemonLink daemon_;
  bool was_full_ = false;   // somebody waits for it
  std::optional<SyncOrder> order_;
  std::shared_ptr<SyncListener> listener_;
  std::vector<std::shared_ptr<SyncDialledPeer>> dialled_;
  std::map<IpAddress, uint64_t> sessions_;   // also of peers that are none any more
  std::optional<SyncNews> told_;
};

}   // namespace

Result<> run_sync(int socket) {
  return serve_helper<SyncTalk>({.name = "sync"}, socket, [] {
    return sodium_init() < 0 ? fail("sync: libsodium finds no random numbers") : Result<>();
  });
}

Result<Helper> start_sync_process(const std::string& instance) {
  return start_helper(instance, kSyncVerb, "State of flows between gateways, of sluice",
                      properties_of(kLimitsOfSync));
}

}   // namespace sluice
