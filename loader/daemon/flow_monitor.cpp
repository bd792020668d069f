// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/flow_monitor.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "engine/flow_reader.hpp"
#include "show/flow_row.hpp"

namespace sluice {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr size_t kMostFollowed = 100'000;
constexpr size_t kMostLines = 500;   // of one look; the others are counted
constexpr std::chrono::seconds kFlowsEach{1};
// Of the loop's time, however many there are: a fifth.
constexpr int kFlowsRest = 4;

json line_of(const char* event, const FlowState& flow, const Names& names) {
  json row = flow_row(flow, names);
  row["event"] = event;
  row.erase("idle_seconds");
  row.erase("expires_seconds");
  return row;
}

}   // namespace

FlowMonitor::FlowMonitor(boost::asio::io_context& io, Gateway& gateway)
    : io_(io), gateway_(gateway), listeners_(io, "flows"), soon_(io), changes_(kMostFollowed) {}

Result<std::shared_ptr<Feed>> FlowMonitor::listen(bool now) {
  auto feed = TRY(listeners_.add());
  if (now) wait_for_all_.push_back(feed);
  if (!std::exchange(runs_, true)) look();
  return std::shared_ptr<Feed>(std::move(feed));
}

void FlowMonitor::stop() {
  soon_.cancel();
  reader_ = nullptr;
  runs_ = false;
}

void FlowMonitor::note(const std::vector<EventEntry>& entries) {
  if (!listeners_.any()) return;
  for (const EventEntry& entry : entries) {
    json row = json::parse(entry.fields.dump(-1, ' ', true, json::error_handler_t::replace));
    row["message"] = entry.message;
    listeners_.tell(row);
  }
}

void FlowMonitor::look() {
  if (!listeners_.any()) {
    changes_.forget();
    return stop();
  }
  spent_ = {};
  changes_.begin();
  auto reader = gateway_.engine().read_flows();
  if (!reader) return rest();   // tables come and go
  reader_ = std::move(*reader);
  read_on();
}

void FlowMonitor::read_on() {
  const auto begun = Clock::now();
  std::vector<FlowState> piece;
  const auto more = reader_->next(piece);
  if (!more) return rest();   // the tables were exchanged
  for (const FlowState& flow : piece) changes_.note(flow);
  if (!*more) tell(changes_.end());
  spent_ += Clock::now() - begun;
  if (!*more) return rest();
  boost::asio::post(io_, [this] {
    if (reader_) read_on();
  });
}

void FlowMonitor::tell(const FlowChanges::Changes& changes) {
  const auto names = Names::of(gateway_);
  if (!names) return;
  for (const auto& waits : std::exchange(wait_for_all_, {}))
    if (const auto feed = waits.lock())
      for (const auto& [key, flow] : changes_.known()) feed->add(feed_line(line_of("flow", flow, *names)));
  if (changes.too_many) return listeners_.tell({{"event", "too-many-flows"}, {"flows", changes.flows}});
  size_t lines = 0;
  for (const auto& [event, flows] :
       {std::pair("flow-begun", &changes.begun), std::pair("flow-ended", &changes.ended)})
    for (const FlowState& flow : *flows)
      if (++lines <= kMostLines) listeners_.tell(line_of(event, flow, *names));
  if (lines > kMostLines)
    listeners_.tell({{"event", "others"},
                     {"begun", changes.begun.size() - std::min(changes.begun.size(), kMostLines)},
                     {"ended", lines - std::max(changes.begun.size(), kMostLines)}});
}

void FlowMonitor::rest() {
  reader_ = nullptr;
  soon_.expires_after(std::max<Clock::duration>(kFlowsEach, kFlowsRest * spent_));
  soon_.async_wait([this](const boost::system::error_code& error) {
    if (!error) look();
  });
}

}   // namespace sluice
