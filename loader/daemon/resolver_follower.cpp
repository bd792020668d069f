// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/resolver_follower.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "resolver/process.hpp"

namespace sluice {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

namespace {

// What is over together is closed together, each time with a look at all flows.
constexpr milliseconds kCloseAtMost{1'000};

}   // namespace

ResolverFollower::ResolverFollower(asio::io_context& io, Gateway& gateway, std::function<void()> failed)
    : io_(io),
      gateway_(gateway),
      failed_(std::move(failed)),
      link_(io, kLongestResolverLine,
            {.start = [this] { return start_resolver_process(gateway_.paths().pins.filename().string()); },
             .next = [this] { return next(); },
             .heed = [this](const std::string& line) { return heed(line); },
             .forget = [this] { forget(); },
             .lost =
                 [this](const std::string& why) {
                   note({.zones = {}, .troubles = {"names are not resolved: " + why}});
                 },
             .again = [this] { look_again(); }}),
      closing_(io) {}

void ResolverFollower::look_again() {
  await_close();
  const auto order = gateway_.resolver_order();
  if (!order) return spdlog::error("find out who is served by the resolver: {}", order.error().message);
  if (order->zones.empty()) return serve_nobody();
  wanted_ = encode_resolver_order(*order);
  // What was open by the policies of another revision need not be by these: it is told anew, and knows
  // nothing.
  if (std::exchange(revision_, gateway_.revision()) != gateway_.revision()) sent_.clear();
  link_.run();
}

void ResolverFollower::stop() {
  closing_.cancel();
  serve_nobody();
}

void ResolverFollower::serve_nobody() {
  wanted_.clear();
  link_.end();
  gateway_.note_resolver({});
}

void ResolverFollower::note(ResolverNews news) {
  for (const std::string& trouble : news.troubles)
    if (std::ranges::find(gateway_.resolver_news().troubles, trouble) ==
        gateway_.resolver_news().troubles.end())
      spdlog::error("resolver: {}", trouble);
  gateway_.note_resolver(std::move(news));
}

Result<> ResolverFollower::heed(const std::string& line) {
  auto said = decode_resolver_saying(line);
  if (!said) return std::unexpected(said.error());
  if (auto* look_up = std::get_if<NumberedLookUp>(&*said))
    open_soon(std::move(*look_up));
  else
    note(std::move(std::get<ResolverNews>(*said)));
  return {};
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
  if (look_ups.empty() || !link_.runs()) return;
  std::vector<LookUp> all;
  for (const NumberedLookUp& one : look_ups) all.push_back(one.look_up);
  const bool opened = open(all);
  for (const NumberedLookUp& one : look_ups) done_ += encode_look_up_done({one.number, opened});
  await_close();
  link_.tell();
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

std::string ResolverFollower::next() {
  std::string lines = std::exchange(done_, {});
  if (wanted_ != sent_) lines += wanted_;
  sent_ = wanted_;
  return lines;
}

void ResolverFollower::forget() {
  sent_.clear();
  done_.clear();
  look_ups_.clear();
}

}   // namespace sluice
