// SPDX-License-Identifier: GPL-2.0-or-later
#include "rig.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <climits>
#include <thread>

#include "sender.hpp"

namespace sluice::bench {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Until the caches and the flow table have seen the sequence once, at least roughly.
constexpr auto kSettle = 100ms;
constexpr auto kLookEvery = 50us;
constexpr auto kStartWithin = 3s;
constexpr auto kQuiet = 10ms;   // nothing arrived for so long: nothing is under way any more

struct Look {
  Clock::time_point at;
  uint64_t received;
};

Look look(const End& receiver) {
  const uint64_t received = receiver.received();
  return {Clock::now(), received};
}

double between(const Look& a, const Look& b) { return std::chrono::duration<double>(b.at - a.at).count(); }

void until_quiet(const End& receiver) {
  for (Look latest = look(receiver), now = latest; now.at - latest.at < kQuiet; now = look(receiver)) {
    if (now.received != latest.received) latest = now;
    std::this_thread::sleep_for(kLookEvery);
  }
}

Result<> wait_for_start(const End& sender, Sender& run) {
  const auto deadline = Clock::now() + kStartWithin;
  while (sender.sent() == 0) {
    if (run.done()) TRY(run.finish());
    if (Clock::now() > deadline)
      return fail("the generator on " + sender.config().device + " does not start");
    std::this_thread::sleep_for(1ms);
  }
  return {};
}

void fill_sequence(plan& p, uint32_t flows) {
  const int bits = std::bit_width(flows - 1);
  p.flows = flows;
  p.mask = (1u << bits) - 1;
  p.shift = std::max(1, (bits + 1) / 2);
}

// The networks of the two ends, in the direction of the packets.
networks networks_of(const Address& inside, const Address& outside, bool from_inside) {
  networks made{};
  std::ranges::copy((from_inside ? inside : outside).network, made.source);
  std::ranges::copy((from_inside ? outside : inside).network, made.destination);
  return made;
}

// Outside of the gateway an inside host has the address that it is translated to.
void fill_addresses(plan& p, const LabConfig& lab, bool from_inside) {
  const Address& visible = lab.nat_address ? *lab.nat_address : lab.inside_base;
  p.ipv6 = lab.ipv6;
  p.inside_base = lab.inside_base.host;
  p.outside_base = lab.outside_base.host;
  if (lab.nat_address) p.nat_address = lab.nat_address->host;
  p.sent = networks_of(from_inside ? lab.inside_base : visible, lab.outside_base, from_inside);
  p.received = networks_of(from_inside ? visible : lab.inside_base, lab.outside_base, from_inside);
}

}   // namespace

Rig::Rig(LabConfig lab, End inside, End outside, std::optional<Ceiling> ceiling)
    : lab_(std::move(lab)),
      inside_(std::move(inside)),
      outside_(std::move(outside)),
      ceiling_(std::move(ceiling)) {}

Result<Rig> Rig::make(const LabConfig& lab) {
  End inside = TRY(End::make(lab.inside));
  End outside = TRY(End::make(lab.outside));
  std::optional<Ceiling> ceiling;
  if (lab.ceiling) ceiling.emplace(TRY(Ceiling::make(lab)));
  return Rig(lab, std::move(inside), std::move(outside), std::move(ceiling));
}

plan Rig::make_plan(const SendOrder& order) const {
  const EndConfig& from = order.from_inside ? lab_.inside : lab_.outside;
  plan made{};
  std::ranges::copy(from.gateway_mac, made.to_mac);
  std::ranges::copy(from.mac, made.from_mac);
  fill_addresses(made, lab_, order.from_inside);
  made.first = order.first;
  made.from_inside = order.from_inside;
  made.shuffled = order.shuffled;
  made.inside_vlan = lab_.inside.vlan;
  if (const auto& tunnel = lab_.inside.tunnel) {
    made.inside_vni = tunnel->vni;
    made.sums_by_device = tunnel->sums_by_device;
  }
  fill_sequence(made, order.flows);
  return made;
}

void Rig::prepare(const SendOrder& order) {
  const plan made = make_plan(order);
  receiver_of(order.from_inside).prepare_to_receive(made, lab_.ttl, order.verify);
  sender_of(order.from_inside).prepare_to_send(made);
}

Outcome Rig::look_back(const SendOrder& order, Outcome outcome) {
  const End& receiver = receiver_of(order.from_inside);
  outcome.seen = receiver.seen();
  outcome.sent = sender_of(order.from_inside).sent();
  outcome.received = outcome.seen.packets;
  if (order.verify) outcome.distinct_flows = receiver.distinct_flows(order.flows);
  return outcome;
}

Result<Outcome> Rig::send(const SendOrder& order) {
  prepare(order);
  Sender run(sender_of(order.from_inside), lab_.core, order.count);
  while (!run.done()) std::this_thread::sleep_for(kLookEvery);
  TRY(run.finish());
  until_quiet(receiver_of(order.from_inside));
  Outcome outcome = look_back(order, {.waited = run.waited()});
  outcome.seconds = static_cast<double>(outcome.seen.later_ns - outcome.seen.first_ns) / 1e9;
  outcome.counted = outcome.seen.before;
  return outcome;
}

Result<Outcome> Rig::rate(const RateOrder& order) {
  const SendOrder whole{
      .from_inside = order.from_inside, .flows = order.flows, .count = INT_MAX, .shuffled = true};
  const End& receiver = receiver_of(order.from_inside);
  prepare(whole);
  Sender run(sender_of(order.from_inside), lab_.core, whole.count);
  TRY(wait_for_start(sender_of(order.from_inside), run));
  std::this_thread::sleep_for(kSettle);

  const double waited = run.waited();
  const Look start = look(receiver);
  std::this_thread::sleep_for(std::chrono::duration<double>(order.seconds));
  const Look end = look(receiver);
  const double waited_meanwhile = run.waited() - waited;
  TRY(run.finish());
  until_quiet(receiver);
  return look_back(
      whole,
      {.seconds = between(start, end), .counted = end.received - start.received, .waited = waited_meanwhile});
}

}   // namespace sluice::bench
