// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/top_flow_monitor.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "engine/flow_reader.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr size_t kMostRated = size_t{1} << 20;     // flows: 56 MiB of rows
constexpr size_t kMostTalkers = size_t{1} << 15;   // hosts; twice as many for a moment
// Who changes the order or the filter goes and comes again.
constexpr std::chrono::seconds kRatesKept{10};

bool has_kind(const std::vector<TopListener>& listeners, TopKind kind) {
  return std::ranges::any_of(listeners,
                             [&](const TopListener& listener) { return listener.query.kind == kind; });
}

}   // namespace

TopFlowMonitor::TopFlowMonitor(boost::asio::io_context& io, Gateway& gateway)
    : io_(io), gateway_(gateway), listeners_(io), soon_(io), rates_(kMostRated), talkers_(kMostTalkers) {}

Result<std::shared_ptr<Feed>> TopFlowMonitor::listen(const TopQuery& query) {
  if (query.kind == TopKind::kFlows) TRY(TopFlows::of(query));
  if (query.kind == TopKind::kTalkers) TRY(Talkers::check(query));
  auto feed = TRY(listeners_.add(query));
  has_newcomer_ = true;
  if (!reader_) await(pace_.earliest());
  return feed;
}

void TopFlowMonitor::stop() {
  soon_.cancel();
  end();
}

void TopFlowMonitor::end() {
  reader_ = nullptr;
  wanted_.clear();
  live_.clear();
  talkers_.begin();
}

void TopFlowMonitor::await(TopPace::Clock::time_point when) {
  soon_.expires_at(when);
  soon_.async_wait([this](const boost::system::error_code& error) {
    if (!error) look();
  });
}

void TopFlowMonitor::look() {
  const auto& listeners = listeners_.now();
  if (listeners.empty()) {
    if (std::exchange(is_alone_, true)) return forget();
    return await(TopPace::Clock::now() + kRatesKept);
  }
  is_alone_ = false;
  has_newcomer_ = false;
  const auto begun = TopPace::Clock::now();
  for (const TopListener& listener : listeners) wanted_.push_back({listener, std::nullopt});
  wants_talkers_ = has_kind(listeners, TopKind::kTalkers);
  wants_services_ = has_kind(listeners, TopKind::kServices);
  const auto begins = begin();
  spent_ = TopPace::Clock::now() - begun;
  return begins ? read_on() : rest();   // tables come and go
}

Result<> TopFlowMonitor::begin() {
  for (Wanted& one : wanted_)
    if (one.listener.query.kind == TopKind::kFlows) one.flows = TRY(TopFlows::of(one.listener.query));
  objects_ = TRY(gateway_.engine().objects_at_rest());
  names_ = Names::of(gateway_, objects_.objects);
  reader_ = TRY(gateway_.engine().read_flow_ends());
  rates_.begin(FlowRates::Clock::now());
  return {};
}

// Others have their turn before.
void TopFlowMonitor::go_on(void (TopFlowMonitor::*next)()) {
  boost::asio::post(io_, [this, next] {
    if (reader_) (this->*next)();
  });
}

// Where those have gone that it is for, it is over.
void TopFlowMonitor::read_on() {
  if (std::ranges::none_of(wanted_, [](const Wanted& one) { return one.listener.listens(); })) return rest();
  const auto begun = TopPace::Clock::now();
  std::vector<FlowState> piece;
  const auto more = reader_->next(piece);
  if (!more) return rest();   // the tables were exchanged
  for (const FlowState& flow : piece) note(flow, begun);
  if (!*more) rates_.end();
  const bool can_go_on = *more || gather().has_value();   // else it comes with the next look
  spent_ += TopPace::Clock::now() - begun;
  if (!can_go_on) return rest();
  go_on(*more ? &TopFlowMonitor::read_on : &TopFlowMonitor::tell_on);
}

void TopFlowMonitor::note(const FlowState& flow, FlowRates::Clock::time_point now) {
  const auto rate = rates_.note(flow, now);
  for (Wanted& one : wanted_)
    if (one.flows) one.flows->note(flow, rate, *names_);
  if (wants_talkers_) talkers_.note(flow, rate);
  if (!wants_services_) return;
  Live& live = live_[flow.policy];
  ++live.flows;
  live.packets += flow.original.packets + flow.reply.packets;
  live.bytes += flow.original.bytes + flow.reply.bytes;
}

std::vector<ObjectCount> TopFlowMonitor::counted_objects() const {
  std::vector<ObjectCount> objects = objects_.objects;
  for (ObjectCount& object : objects) {
    const auto at = live_.find(object.number);
    const Live live = at == live_.end() ? Live{} : at->second;
    object.live = live.flows;
    if (objects_.with_live) continue;
    object.packets += live.packets;
    object.bytes += live.bytes;
  }
  return objects;
}

Result<> TopFlowMonitor::gather() {
  const auto now = TopPace::Clock::now();
  head_ = TRY(lists_.head(gateway_, now));
  services_ = wants_services_ ? TRY(lists_.services(gateway_, counted_objects(), now)) : json::array();
  return {};
}

void TopFlowMonitor::tell_on() {
  const auto begun = TopPace::Clock::now();
  tell(wanted_.back());
  wanted_.pop_back();
  spent_ += TopPace::Clock::now() - begun;
  return wanted_.empty() ? rest() : go_on(&TopFlowMonitor::tell_on);
}

void TopFlowMonitor::tell(Wanted& one) {
  const TopQuery& query = one.listener.query;
  uint64_t matched = 0;
  if (one.flows) {
    matched = one.flows->matched();
    return one.listener.tell(head_, one.flows->take(*names_), matched);
  }
  if (query.kind != TopKind::kTalkers) {
    json rows = first_of(services_, query, matched);
    return one.listener.tell(head_, std::move(rows), matched);
  }
  if (auto rows = talkers_.rows(query, *names_, matched)) one.listener.tell(head_, std::move(*rows), matched);
}

// Whoever came meanwhile is told by the next look.
void TopFlowMonitor::rest() {
  end();
  pace_.looked(spent_);
  await(has_newcomer_ ? pace_.earliest() : pace_.next());
}

void TopFlowMonitor::forget() {
  lists_.forget();
  rates_.forget();
}

}   // namespace sluice
