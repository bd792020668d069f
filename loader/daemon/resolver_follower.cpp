// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/resolver_follower.hpp"

#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "resolver/process.hpp"

namespace sluice {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kSoonest{100}, kLatest{10'000};
// What is over together is closed together, each time with a look at all flows.
constexpr milliseconds kCloseAtMost{1'000};

}   // namespace

ResolverFollower::ResolverFollower(asio::io_context& io, Gateway& gateway, std::function<void()> failed)
    : io_(io),
      gateway_(gateway),
      failed_(std::move(failed)),
      input_(kLongestResolverLine),
      retry_(io),
      closing_(io),
      pause_(kSoonest) {}

ResolverFollower::~ResolverFollower() { end_process(); }

void ResolverFollower::look_again() {
  await_close();
  const auto order = gateway_.resolver_order();
  if (!order) return spdlog::error("find out who is served by the resolver: {}", order.error().message);
  if (order->zones.empty()) return serve_nobody();
  wanted_ = encode_resolver_order(*order);
  // What was open by the policies of another revision need not be by these: it is told anew, and knows
  // nothing.
  if (std::exchange(revision_, gateway_.revision()) != gateway_.revision()) sent_.clear();
  if (socket_)
    send();
  else
    start();
}

void ResolverFollower::stop() {
  closing_.cancel();
  serve_nobody();
}

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
  done_.clear();
  look_ups_.clear();
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
        heed(line);
        if (socket_) await_news();
      });
}

void ResolverFollower::heed(const std::string& line) {
  auto said = decode_resolver_saying(line);
  if (!said) return give_up(said.error().message);
  pause_ = kSoonest;
  if (auto* look_up = std::get_if<NumberedLookUp>(&*said))
    open_soon(std::move(*look_up));
  else
    note(std::move(std::get<ResolverNews>(*said)));
}

// After a failure the rules have to be put right first: what was noted then would be taken for open.
bool ResolverFollower::open(const std::vector<LookUp>& look_ups) {
  auto opened = gateway_.open_names(look_ups);
  if (opened && is_behind_)
    if (const auto right = gateway_.reconcile({.links = true}); !right)
      opened = std::unexpected(right.error());
  is_behind_ = !opened;
  if (opened) return true;
  spdlog::error("open what names lead to: {}", opened.error().message);
  failed_();
  return false;
}

// All that has come by then makes one exchange of rules.
void ResolverFollower::open_soon(NumberedLookUp look_up) {
  look_ups_.push_back(std::move(look_up));
  if (look_ups_.size() == 1) asio::post(io_, [this] { open(); });
}

void ResolverFollower::open() {
  const auto look_ups = std::exchange(look_ups_, {});
  if (look_ups.empty() || !socket_) return;
  std::vector<LookUp> all;
  for (const NumberedLookUp& one : look_ups) all.push_back(one.look_up);
  const bool opened = open(all);
  for (const NumberedLookUp& one : look_ups) done_ += encode_look_up_done({one.number, opened});
  await_close();
  send();
}

void ResolverFollower::await_close() {
  closing_.cancel();
  const auto left = gateway_.name_time_left();
  if (!left) return;
  closing_.expires_after(std::clamp(*left, kCloseAtMost, milliseconds(60'000)));   // clocks are set
  closing_.async_wait([this](const error_code& error) {
    if (error) return;
    if (const auto closed = gateway_.close_names(); !closed) {
      spdlog::error("close what names led to: {}", closed.error().message);
      failed_();
    }
    await_close();
  });
}

void ResolverFollower::send() {
  if (writes_ || !socket_ || (wanted_ == sent_ && done_.empty())) return;
  writing_ = std::exchange(done_, {});
  if (wanted_ != sent_) writing_ += wanted_;
  sent_ = wanted_;
  writes_ = true;
  asio::async_write(*socket_, asio::buffer(writing_), [this, run = started_](const error_code&, size_t) {
    writes_ = false;
    if (run == started_) send();
  });
}

}   // namespace sluice
