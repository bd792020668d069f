// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/flow_counter.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <vector>

#include "show/show.hpp"

namespace sluice {
namespace {

constexpr uint64_t kFewFlows = 8192, kSmallTable = 131'072;   // a look at so many takes some milliseconds
constexpr std::chrono::seconds kLookIsOf{60};                 // what flows came to is told for so long

}   // namespace

Result<std::string> FlowCounter::metrics() {
  FlowTally counted = TRY(tally());
  never_less(counted.counts.objects);
  return show_metrics(gateway_, counted);
}

void FlowCounter::stop() { end(); }

bool FlowCounter::takes_its_time() {
  const auto flows = gateway_.engine().count_flows();
  const auto room = gateway_.engine().flow_room();
  return (flows && flows->value_or(0) > kFewFlows) || room.value_or(0) > kSmallTable;
}

Result<FlowTally> FlowCounter::tally() {
  if (!takes_its_time()) return tally_at_once(gateway_);
  const auto now = Clock::now();
  if (!reader_ && now >= pace_.earliest()) begin();
  if (last_ && now - looked_ < kLookIsOf) return *last_;
  FlowTally unseen = TRY(FlowTallier::begin(gateway_)).end();
  unseen.sees_flows = false;
  return unseen;
}

void FlowCounter::begin() {
  const auto begun = Clock::now();
  auto tallier = FlowTallier::begin(gateway_);
  auto reader = gateway_.engine().read_flow_ends();
  spent_ = Clock::now() - begun;
  if (!tallier || !reader) return;   // tables come and go
  tallier_.emplace(std::move(*tallier));
  reader_ = std::move(*reader);
  boost::asio::post(io_, [this] { read_on(); });
}

void FlowCounter::read_on() {
  if (!reader_) return;
  const auto begun = Clock::now();
  std::vector<FlowState> piece;
  const auto more = reader_->next(piece);
  for (const FlowState& flow : piece) tallier_->note(flow);
  spent_ += Clock::now() - begun;
  if (more && *more) return boost::asio::post(io_, [this] { read_on(); });
  if (more) {
    last_ = std::move(*tallier_).end();
    looked_ = Clock::now();
  }
  end();
  pace_.looked(spent_);
}

void FlowCounter::end() {
  reader_ = nullptr;
  tallier_.reset();
}

void FlowCounter::never_less(std::vector<ObjectCount>& objects) {
  if (std::exchange(revision_, gateway_.revision()) != gateway_.revision()) told_.clear();
  for (ObjectCount& object : objects) {
    auto& [packets, bytes] = told_[{object.kind, object.name}];
    object.packets = packets = std::max(packets, object.packets);
    object.bytes = bytes = std::max(bytes, object.bytes);
  }
}

}   // namespace sluice
