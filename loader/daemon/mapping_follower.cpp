// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/mapping_follower.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "mapper/process.hpp"
#include "mapper/wire.hpp"

namespace sluice {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

namespace {

// Leases that end together are ended together; clocks are set.
constexpr milliseconds kEndAtMost{1'000}, kLookAgain{60'000};
// After requests were decided nothing of that kind is done for this many times as long.
constexpr int kRest = 4;

}   // namespace

MappingFollower::MappingFollower(asio::io_context& io, Gateway& gateway, std::function<void()> failed)
    : gateway_(gateway),
      failed_(std::move(failed)),
      link_(io, kLongestMapperLine,
            {.start = [this] { return start_mapper_process(gateway_.paths().pins.filename().string()); },
             .next = [this] { return next(); },
             .heed = [this](const std::string& line) { return heed(line); },
             .forget = [this] { forget(); },
             .lost = [this](const std::string& why) { lose(why); },
             .again = [this] { look_again(); }}),
      batch_(io),
      ending_(io) {}

void MappingFollower::look_again() {
  end_leases();
  const auto order = gateway_.mapping_order();
  if (!order) return spdlog::error("find out who may ask for ports: {}", order.error().message);
  if (order->zones.empty()) return hear_nobody();
  wanted_ = encode_mapping_order(*order);
  link_.run();
}

void MappingFollower::stop() {
  ending_.cancel();
  hear_nobody();
}

void MappingFollower::hear_nobody() {
  wanted_.clear();
  link_.end();
  gateway_.note_mapping_news({});
}

void MappingFollower::lose(const std::string& why) {
  MappingNews news;
  news.troubles = {"requests for ports are not heard: " + why};
  note(std::move(news));
}

void MappingFollower::note(MappingNews news) {
  const auto& known = gateway_.mapping_news().troubles;
  for (const std::string& trouble : news.troubles)
    if (std::ranges::find(known, trouble) == known.end()) spdlog::error("mapping requests: {}", trouble);
  gateway_.note_mapping_news(std::move(news));
}

Result<> MappingFollower::heed(const std::string& line) {
  auto said = decode_mapper_saying(line);
  if (!said) return std::unexpected(said.error());
  if (auto* request = std::get_if<MappingRequest>(&*said))
    answer_soon(std::move(*request));
  else
    note(std::move(std::get<MappingNews>(*said)));
  return {};
}

// All that has come by then makes one exchange of rules. However much is asked for, the daemon has most of
// its time for others.
void MappingFollower::answer_soon(MappingRequest request) {
  requests_.push_back(std::move(request));
  if (requests_.size() > 1) return;
  batch_.expires_at(std::max(Clock::now(), next_batch_));
  batch_.async_wait([this](const error_code& error) {
    if (!error) answer();
  });
}

void MappingFollower::answer() {
  const auto requests = std::exchange(requests_, {});
  if (requests.empty() || !link_.runs()) return;
  const auto begin = Clock::now();
  const auto answers = gateway_.answer_mappings(requests);
  if (answers) {
    for (const MappingAnswer& one : *answers) answers_ += encode_mapping_answer(one);
  } else {
    spdlog::error("give hosts the ports that they ask for: {}", answers.error().message);
    for (const MappingRequest& one : requests) answers_ += encode_mapping_answer({.number = one.number});
    failed_();
  }
  const auto end = Clock::now();
  next_batch_ = end + kRest * (end - begin);
  await_end();
  link_.tell();
}

void MappingFollower::end_leases() {
  if (const auto ended = gateway_.end_mappings(); !ended) {
    spdlog::error("end what hosts had asked for: {}", ended.error().message);
    failed_();
  }
  await_end();
}

void MappingFollower::await_end() {
  ending_.cancel();
  const auto left = gateway_.mapping_time_left();
  if (!left) return;
  ending_.expires_after(std::clamp(*left, kEndAtMost, kLookAgain));
  ending_.async_wait([this](const error_code& error) {
    if (!error) end_leases();
  });
}

std::string MappingFollower::next() {
  std::string lines;
  if (wanted_ != sent_) lines = wanted_;
  sent_ = wanted_;
  return lines + std::exchange(answers_, {});
}

void MappingFollower::forget() {
  batch_.cancel();
  sent_.clear();
  answers_.clear();
  requests_.clear();
}

}   // namespace sluice
