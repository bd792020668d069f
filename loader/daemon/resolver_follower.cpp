// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/resolver_follower.hpp"

#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>

#include <algorithm>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "resolver/process.hpp"
#include "resolver/wire.hpp"

namespace sluice {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kSoonest{100}, kLatest{10'000};

}   // namespace

ResolverFollower::ResolverFollower(asio::io_context& io, Gateway& gateway)
    : io_(io), gateway_(gateway), input_(kLongestResolverLine), retry_(io), pause_(kSoonest) {}

ResolverFollower::~ResolverFollower() { end_process(); }

void ResolverFollower::look_again() {
  const auto order = gateway_.resolver_order();
  if (!order) return spdlog::error("find out who is served by the resolver: {}", order.error().message);
  if (order->zones.empty()) return serve_nobody();
  wanted_ = encode_resolver_order(*order);
  if (socket_)
    send();
  else
    start();
}

void ResolverFollower::stop() { serve_nobody(); }

void ResolverFollower::serve_nobody() {
  retry_.cancel();
  wanted_.clear();
  end_process();
  gateway_.note_resolver({});
}

void ResolverFollower::start() {
  auto process = start_resolver_process(gateway_.paths().pins.filename().string());
  if (!process) return give_up(process.error().message);
  ++started_;
  child_ = process->child;
  socket_.emplace(io_, asio::local::stream_protocol(), process->socket.release());
  await_news();
  send();
}

// It has nothing to keep. A unit ends because its socket is closed; what waits for it is ended here.
void ResolverFollower::end_process() {
  if (socket_) {
    error_code ignored;
    socket_->close(ignored);
    socket_.reset();
  }
  if (child_ > 0) {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  child_ = -1;
  input_.consume(input_.size());
  sent_.clear();
}

void ResolverFollower::give_up(const std::string& why) {
  end_process();
  note({.zones = {}, .troubles = {"names are not resolved: " + why}});
  retry_.expires_after(pause_);
  pause_ = std::min(2 * pause_, kLatest);
  retry_.async_wait([this](const error_code& error) {
    if (!error) look_again();
  });
}

void ResolverFollower::note(ResolverNews news) {
  for (const std::string& trouble : news.troubles)
    if (std::ranges::find(gateway_.resolver_news().troubles, trouble) ==
        gateway_.resolver_news().troubles.end())
      spdlog::error("resolver: {}", trouble);
  gateway_.note_resolver(std::move(news));
}

void ResolverFollower::await_news() {
  asio::async_read_until(
      *socket_, input_, '\n', [this, run = started_](const error_code& error, size_t size) {
        if (run != started_ || !socket_) return;   // of one that was ended
        if (error) return give_up("their process has ended");
        const std::string line(asio::buffers_begin(input_.data()),
                               asio::buffers_begin(input_.data()) + static_cast<ptrdiff_t>(size));
        input_.consume(size);
        auto news = decode_resolver_news(line);
        if (!news) return give_up(news.error().message);
        pause_ = kSoonest;
        note(std::move(*news));
        await_news();
      });
}

void ResolverFollower::send() {
  if (writes_ || !socket_ || wanted_ == sent_) return;
  sent_ = wanted_;
  writing_ = wanted_;
  writes_ = true;
  asio::async_write(*socket_, asio::buffer(writing_), [this, run = started_](const error_code&, size_t) {
    writes_ = false;
    if (run == started_) send();
  });
}

}   // namespace sluice
