// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/health_follower.hpp"

#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>

#include <algorithm>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "health/process.hpp"
#include "health/wire.hpp"

namespace sluice {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

namespace {
constexpr milliseconds kFirstPause{100}, kLongestPause{10'000};
// Backends that fail together, and what waits while rules are made of the ones before.
constexpr milliseconds kSettleBackends{20};
constexpr size_t kMostSigns = size_t{1} << 20;

}   // namespace

HealthFollower::HealthFollower(asio::io_context& io, Gateway& gateway, std::function<void()> failed)
    : io_(io),
      gateway_(gateway),
      failed_(std::move(failed)),
      input_(kLongestLine),
      retry_(io),
      leading_(io),
      pause_(kFirstPause),
      monitor_(io, gateway),
      sign_follower_(
          io, gateway, [this](const HealthSigns& signs) { pass_on(signs); }, [this] { lead_soon(); }) {}

HealthFollower::~HealthFollower() { end_process(); }

void HealthFollower::look_again() {
  ask_whom_it_names();
  sign_follower_.look_again();
  monitor_.look();
}

// Only routes of VRFs change who is asked while the document stays.
void HealthFollower::ask_whom_it_names() {
  const auto& current = gateway_.current();
  const auto declared = current ? current->declared : nullptr;
  if (socket_ && declared == declared_ && !by_device_) return;
  auto targets = gateway_.health_targets();
  if (!targets) return spdlog::error("find out who is to be asked how it is: {}", targets.error().message);
  if (targets->empty()) return ask_nobody();
  const bool same = socket_ && std::ranges::equal(*targets, asked_, &HealthTarget::asks_as);
  declared_ = declared;
  by_device_ = std::ranges::any_of(*targets, [](const HealthTarget& one) { return !one.device.empty(); });
  if (same) return;
  asked_ = std::move(*targets);
  wanted_ = encode_targets(asked_);
  if (socket_)
    send();
  else
    start();
}

void HealthFollower::stop() {
  sign_follower_.stop();
  leading_.cancel();
  ask_nobody();
}

void HealthFollower::ask_nobody() {
  retry_.cancel();
  wanted_.clear();
  asked_.clear();
  declared_ = nullptr;
  end_process();
  gateway_.tell_health_trouble("");
}

void HealthFollower::start() {
  auto process = start_health_process(gateway_.paths().pins.filename().string());
  if (!process) return give_up(process.error().message);
  ++started_;
  lists_ = 0;
  child_ = process->child;
  socket_.emplace(io_, asio::local::stream_protocol(), process->socket.release());
  await_news();
  send();
}

// It has nothing to keep. A unit ends because its socket is closed; what waits for it is ended here.
void HealthFollower::end_process() {
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
  signs_.clear();
}

void HealthFollower::give_up(const std::string& why) {
  end_process();
  const std::string trouble = "backends are not asked how they are: " + why;
  if (gateway_.health_trouble() != trouble) spdlog::error("{}", trouble);
  gateway_.tell_health_trouble(trouble);
  retry_.expires_after(pause_);
  pause_ = std::min(2 * pause_, kLongestPause);
  retry_.async_wait([this](const error_code& error) {
    if (!error) ask_whom_it_names();
  });
}

void HealthFollower::await_news() {
  asio::async_read_until(
      *socket_, input_, '\n', [this, run = started_](const error_code& error, size_t size) {
        if (run != started_ || !socket_) return;   // of one that was ended
        if (error) return give_up("their process has ended");
        const std::string line(asio::buffers_begin(input_.data()),
                               asio::buffers_begin(input_.data()) + static_cast<ptrdiff_t>(size));
        input_.consume(size);
        auto news = decode_news(line);
        if (!news) return give_up(news.error().message);
        if (news->of_list != lists_)
          news->changes.clear();   // of one that was asked before, perhaps otherwise
        pause_ = kFirstPause;
        gateway_.tell_health_trouble("");
        if (gateway_.note_health(*news)) lead_soon();
        await_news();
      });
}

void HealthFollower::lead_soon() {
  if (std::exchange(leads_soon_, true)) return;
  leading_.expires_after(kSettleBackends);
  leading_.async_wait([this](const error_code& error) {
    leads_soon_ = false;
    if (!error) lead();
  });
}

void HealthFollower::lead() {
  const auto steps = gateway_.lead_anew();
  if (!steps) {
    spdlog::error("lead services to other backends: {}", steps.error().message);
    return failed_();
  }
  for (const std::string& step : *steps) spdlog::info("backends changed: {}", step);
  monitor_.look();
}

// A process that does not read is told less: what goes on is seen again by the next look.
void HealthFollower::pass_on(const HealthSigns& signs) {
  if (!socket_ || signs_.size() > kMostSigns) return;
  signs_ += encode_signs(signs);
  send();
}

void HealthFollower::send() {
  if (writes_ || !socket_) return;
  if (wanted_ != sent_) {
    ++lists_;
    sent_ = wanted_;
    writing_ = wanted_;
  } else {
    writing_ = std::exchange(signs_, {});
  }
  if (!writing_.empty()) write();
}

void HealthFollower::write() {
  writes_ = true;
  asio::async_write(*socket_, asio::buffer(writing_), [this, run = started_](const error_code&, size_t) {
    writes_ = false;
    if (run == started_) send();
  });
}

}   // namespace sluice
