// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/queues.hpp"

#include <fmt/format.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "kernel/netlink/attributes.hpp"
#include "maps/interface.h"

namespace sluice {
namespace {

constexpr std::string_view kKind = "htb";
constexpr uint32_t kRoot = TC_H_MAKE(SL_QUEUE_MAJOR << 16, 0);
constexpr uint32_t kHtbVersion = 3, kRateToQuantum = 10;
// A bucket holds 10 ms: more than timers are late by on a busy machine, and at least a full frame.
constexpr uint64_t kBucketsPerSecond = 100, kLeastBucket = 2'000;
// Bytes by turns while classes share what is left: by what they are guaranteed.
constexpr uint64_t kTurnsPerSecond = 1'000, kLeastTurn = 1'600, kMostTurn = 200'000;
// The kernel counts time in units of 64 ns here (PSCHED_SHIFT).
constexpr uint64_t kNanosecondsPerTick = 64, kNanoseconds = 1'000'000'000;
// Where the kernel has no CoDel (RFC 8290): 50 ms, and room for the largest packets that devices merge.
constexpr uint64_t kWaitsPerSecond = 20, kLeastRoom = 262'144;

tcmsg place(uint32_t index, uint32_t handle, uint32_t parent) {
  tcmsg place{};
  place.tcm_family = AF_UNSPEC;
  place.tcm_ifindex = static_cast<int>(index);
  place.tcm_handle = handle;
  place.tcm_parent = parent;
  return place;
}

template <class T>
std::span<const uint8_t> raw(const T& value) {
  return {reinterpret_cast<const uint8_t*>(&value), sizeof(value)};
}

template <class T>
std::optional<T> value_in(std::span<const uint8_t> bytes) {
  T value{};
  if (bytes.size() < sizeof(value)) return std::nullopt;
  std::memcpy(&value, bytes.data(), sizeof(value));
  return value;
}

uint32_t low(uint64_t value) {
  return static_cast<uint32_t>(std::min<uint64_t>(value, std::numeric_limits<uint32_t>::max()));
}

tc_ratespec rate_of(uint64_t rate) { return {.linklayer = TC_LINKLAYER_ETHERNET, .rate = low(rate)}; }

uint32_t bucket_of(uint64_t rate) {
  const uint64_t bytes = std::max(kLeastBucket, rate / kBucketsPerSecond);
  return low(bytes * (kNanoseconds / kNanosecondsPerTick) / std::max<uint64_t>(rate, 1));
}

tc_htb_opt options_of(const QueueClass& one) {
  return {.rate = rate_of(one.guaranteed),
          .ceil = rate_of(one.maximum),
          .buffer = bucket_of(one.guaranteed),
          .cbuffer = bucket_of(one.maximum),
          .quantum = low(std::clamp(one.guaranteed / kTurnsPerSecond, kLeastTurn, kMostTurn)),
          .level = 0,
          .prio = 0};
}

QueueClass whole(const Queues& queues) { return {kWholeQueue, queues.rate, queues.rate}; }

uint32_t parent_of(uint16_t number) { return number == kWholeQueue ? kRoot : kRoot | kWholeQueue; }

NlRequest leaf_request(const std::string& link, uint32_t index, uint16_t number, std::string_view kind) {
  return NlRequest(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL,
                   fmt::format("let class {:x} of {} queue by {}", number, link, kind))
      .header(place(index, 0, kRoot | number))
      .text(TCA_KIND, kind);
}

// CoDel keeps what waits short; a kernel without it gets a queue of bounded length.
Result<> add_leaf(RtnlSocket& rtnl, const std::string& link, uint32_t index, const QueueClass& one) {
  if (TRY(rtnl.send_unless(leaf_request(link, index, one.number, "fq_codel"), {ENOENT, EEXIST}))) return {};
  const tc_fifo_qopt room{.limit = low(std::max(kLeastRoom, one.maximum / kWaitsPerSecond))};
  TRY(rtnl.send_unless(leaf_request(link, index, one.number, "bfifo").bytes(TCA_OPTIONS, raw(room)),
                       {EEXIST}));
  return {};
}

bool has(const std::optional<Queues>& queues, uint16_t number) {
  return queues &&
         std::ranges::any_of(queues->classes, [&](const QueueClass& c) { return c.number == number; });
}

Result<> put_classes(RtnlSocket& rtnl, const std::string& link, uint32_t index, const Queues& queues,
                     const std::optional<Queues>& previous) {
  TRY(rtnl.send(put_class_request(link, index, whole(queues))));
  for (const QueueClass& one : queues.classes) {
    TRY(rtnl.send(put_class_request(link, index, one)));
    if (!has(previous, one.number)) TRY(add_leaf(rtnl, link, index, one));
  }
  if (!previous) return {};
  for (const QueueClass& one : previous->classes)
    if (!has(queues, one.number))
      TRY(rtnl.send_unless(remove_class_request(link, index, one.number), {ENOENT}));
  return {};
}

NlRequest classes_request(uint32_t index) {
  return NlRequest(RTM_GETTCLASS, 0, "list the queues of a device").header(place(index, 0, 0));
}

const tcmsg* own_class(const nlmsghdr& message) {
  const auto* header = fixed_part<tcmsg>(message);
  const bool own = message.nlmsg_type == RTM_NEWTCLASS && header && TC_H_MAJ(header->tcm_handle) == kRoot &&
                   Attributes::of(message, sizeof(*header)).text(TCA_KIND) == kKind;
  return own ? header : nullptr;
}

uint64_t rate_in(const Attributes& options, uint16_t wide, const tc_ratespec& narrow) {
  return value_in<uint64_t>(options.bytes(wide)).value_or(narrow.rate);
}

}   // namespace

NlRequest add_tree_request(const std::string& link, uint32_t index) {
  const tc_htb_glob tree{.version = kHtbVersion,
                         .rate2quantum = kRateToQuantum,
                         .defcls = kOtherQueue,
                         .debug = 0,
                         .direct_pkts = 0};
  return NlRequest(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, fmt::format("put queues on {}", link))
      .header(place(index, kRoot, TC_H_ROOT))
      .text(TCA_KIND, kKind)
      .nest(TCA_OPTIONS, [&](NlRequest&& options) { std::move(options).bytes(TCA_HTB_INIT, raw(tree)); });
}

NlRequest put_class_request(const std::string& link, uint32_t index, const QueueClass& one) {
  return NlRequest(RTM_NEWTCLASS, NLM_F_CREATE,
                   fmt::format("let class {:x} of {} send {} to {} bytes/s", one.number, link, one.guaranteed,
                               one.maximum))
      .header(place(index, kRoot | one.number, parent_of(one.number)))
      .text(TCA_KIND, kKind)
      .nest(TCA_OPTIONS, [&](NlRequest&& options) {
        std::move(options)
            .bytes(TCA_HTB_PARMS, raw(options_of(one)))
            .bytes(TCA_HTB_RATE64, raw(one.guaranteed))
            .bytes(TCA_HTB_CEIL64, raw(one.maximum));
      });
}

NlRequest remove_class_request(const std::string& link, uint32_t index, uint16_t number) {
  return NlRequest(RTM_DELTCLASS, 0, fmt::format("remove class {:x} of {}", number, link))
      .header(place(index, kRoot | number, parent_of(number)));
}

// What the kernel chooses by itself has no number.
std::optional<RootQueue> parse_root(const nlmsghdr& message) {
  const auto* header = fixed_part<tcmsg>(message);
  if (message.nlmsg_type != RTM_NEWQDISC || !header || header->tcm_parent != TC_H_ROOT) return std::nullopt;
  const auto kind = Attributes::of(message, sizeof(*header)).text(TCA_KIND);
  if (!kind) return std::nullopt;
  RootQueue root{.index = static_cast<uint32_t>(header->tcm_ifindex)};
  root.own = *kind == kKind && header->tcm_handle == kRoot;
  if (!root.own && header->tcm_handle != 0)
    root.other = fmt::format("{} {:x}:", *kind, TC_H_MAJ(header->tcm_handle) >> 16);
  return root;
}

std::optional<QueueClass> parse_class(const nlmsghdr& message) {
  const tcmsg* header = own_class(message);
  if (!header) return std::nullopt;
  const Attributes options = Attributes::of(message, sizeof(*header)).nest(TCA_OPTIONS);
  const auto parameters = value_in<tc_htb_opt>(options.bytes(TCA_HTB_PARMS));
  if (!parameters) return std::nullopt;
  return QueueClass{static_cast<uint16_t>(TC_H_MIN(header->tcm_handle)),
                    rate_in(options, TCA_HTB_RATE64, parameters->rate),
                    rate_in(options, TCA_HTB_CEIL64, parameters->ceil)};
}

std::optional<QueueCount> parse_count(const nlmsghdr& message) {
  const tcmsg* header = own_class(message);
  if (!header) return std::nullopt;
  const Attributes all = Attributes::of(message, sizeof(*header)).nest(TCA_STATS2);
  QueueCount count{.link = {}, .number = static_cast<uint16_t>(TC_H_MIN(header->tcm_handle))};
  if (const auto sent = value_in<gnet_stats_basic>(all.bytes(TCA_STATS_BASIC))) {
    count.bytes = sent->bytes;
    count.packets = value_in<uint64_t>(all.bytes(TCA_STATS_PKT64)).value_or(sent->packets);
  }
  if (const auto queue = value_in<gnet_stats_queue>(all.bytes(TCA_STATS_QUEUE))) {
    count.dropped_packets = queue->drops;
    count.waiting_packets = queue->qlen;
    count.waiting_bytes = queue->backlog;
  }
  return count;
}

Result<DeviceQueues> list_queues(RtnlSocket& rtnl) {
  DeviceQueues found;
  auto request = NlRequest(RTM_GETQDISC, 0, "list the queue disciplines").header(tcmsg{});
  for (RootQueue& root : TRY(rtnl.dump(std::move(request), parse_root))) {
    if (root.own) found.own[root.index];
    if (!root.other.empty()) found.other[root.index] = std::move(root.other);
  }
  for (auto& [index, queues] : found.own)
    for (const QueueClass& one : TRY(rtnl.dump(classes_request(index), parse_class))) {
      if (one.number == kWholeQueue)
        queues.rate = one.maximum;
      else
        queues.classes.insert(one);
    }
  return found;
}

Result<std::vector<QueueCount>> count_queues(RtnlSocket& rtnl, uint32_t index) {
  return rtnl.dump(classes_request(index), parse_count);
}

Result<> put_queues(RtnlSocket& rtnl, const std::string& link, uint32_t index, const Queues& queues,
                    const std::optional<Queues>& previous) {
  if (!previous) TRY(rtnl.send(add_tree_request(link, index)));
  auto put = put_classes(rtnl, link, index, queues, previous);
  if (put) return {};
  if (previous)
    static_cast<void>(put_classes(rtnl, link, index, *previous, queues));
  else
    static_cast<void>(remove_queues(rtnl, link, index));
  return put;
}

Result<> remove_queues(RtnlSocket& rtnl, const std::string& link, uint32_t index) {
  TRY(rtnl.send_unless(NlRequest(RTM_DELQDISC, 0, fmt::format("remove the queues of {}", link))
                           .header(place(index, kRoot, TC_H_ROOT)),
                       {ENOENT, ENODEV, EINVAL}));
  return {};
}

}   // namespace sluice
