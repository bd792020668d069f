// SPDX-License-Identifier: GPL-2.0-or-later
// How long things took: the histograms of maps/counters.h, which the packet path of eBPF counts. nftables has
// none.
#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <map>

#include "kernel/netlink/links.hpp"
#include "show/metric_families.hpp"
#include "show/names.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using Labels = MetricText::Labels;
using Times = std::map<Labels, sl_times>;
constexpr auto kHistogram = MetricText::Type::kHistogram;

// Bounds of buckets: the powers of two from `first` to `last` of a unit, each `step`th.
struct Bounds {
  unsigned first, last, step;
  double unit;   // seconds
};
constexpr Bounds kConnect = {6, 23, 1, 1e-6};         // 64 us to 8 s
constexpr Bounds kConnectOfEach = {8, 22, 2, 1e-6};   // 256 us to 4 s: there may be many of them
constexpr Bounds kForward = {7, 20, 1, 1e-9};         // 128 ns to 1 ms
static_assert(kConnect.last < SL_TIME_BUCKETS && kForward.last < SL_TIME_BUCKETS);

MetricText::Histogram histogram_of(const sl_times& times, const Bounds& bounds) {
  MetricText::Histogram histogram;
  for (unsigned power = 0; power < SL_TIME_BUCKETS; ++power) {
    histogram.count += times.bucket[power];
    if (power >= bounds.first && power <= bounds.last && (power - bounds.first) % bounds.step == 0)
      histogram.buckets.emplace_back(std::ldexp(bounds.unit, static_cast<int>(power)), histogram.count);
  }
  histogram.sum = static_cast<double>(times.sum) * bounds.unit;
  return histogram;
}

void tell(const char* name, const char* help, const Times& times, const Bounds& bounds, MetricText& text) {
  if (times.empty()) return;
  text.begin(name, kHistogram, help);
  for (const auto& [labels, of] : times) text.add(labels, histogram_of(of, bounds));
}

// What an interface counted, where its device is there.
Result<> visit_interfaces(Gateway& gateway,
                          const std::function<void(const Interface&, const InterfaceCount&)>& visit) {
  std::map<uint32_t, InterfaceCount> counts;
  for (const InterfaceCount& count : TRY(gateway.engine().interfaces())) counts[count.ifindex] = count;
  std::map<std::string, uint32_t> indexes;
  for (const ObservedLink& link : TRY(list_links(gateway.rtnl()))) indexes[link.name] = link.index;
  for (const Interface& interface : gateway.current()->document.interfaces)
    if (const auto index = indexes.find(interface.name); index != indexes.end())
      if (const auto count = counts.find(index->second); count != counts.end() && count->second.sees_all)
        visit(interface, count->second);
  return {};
}

}   // namespace

Result<> tell_times(Gateway& gateway, MetricText& text) {
  if (!gateway.current()) return {};
  Times zones, tenants, all;
  TRY(visit_interfaces(gateway, [&](const Interface& interface, const InterfaceCount& count) {
    add_times(zones[{{"zone", interface.zone}}], count.connect);
    if (!gateway.current()->document.vrfs.empty())
      add_times(tenants[{{"tenant", std::string(vrf_name(interface))}}], count.connect);
    add_times(all[{}], count.forward);
  }));
  tell("sluice_connect_seconds",
       "How long those in the zone took to answer a SYN by a SYN-ACK, and a SYN-ACK by what acknowledges it.",
       zones, kConnect, text);
  tell("sluice_tenant_connect_seconds", "The same, of those in the VRF.", tenants, kConnect, text);
  tell("sluice_forward_seconds", "How long packets that were sent on were in the packet path; a sample.", all,
       kForward, text);
  return {};
}

Result<> tell_times_of_each(Gateway& gateway, MetricText& text) {
  if (!gateway.current()) return {};
  const Document& document = gateway.current()->document;
  Times pods, endpoints;
  std::map<std::string, std::string> pod_of;
  for (const Pod& pod : document.pods) pod_of[pod.device] = pod.name;
  if (!pod_of.empty())
    TRY(visit_interfaces(gateway, [&](const Interface& interface, const InterfaceCount& count) {
      if (const auto pod = pod_of.find(interface.name); pod != pod_of.end())
        pods[{{"pod", pod->second}}] = count.connect;
    }));
  if (!document.networks.empty())
    for (const EndpointCount& count : TRY(gateway.engine().endpoints()))
      if (const auto slash = count.name.find('/'); slash != std::string::npos && count.connect.sum)
        endpoints[{{"network", count.name.substr(0, slash)}, {"endpoint", count.name.substr(slash + 1)}}] =
            count.connect;
  tell("sluice_pod_connect_seconds", "How long the pod took to answer, as in sluice_connect_seconds.", pods,
       kConnectOfEach, text);
  tell("sluice_endpoint_connect_seconds",
       "How long the endpoint took to answer, as in sluice_connect_seconds.", endpoints, kConnectOfEach,
       text);
  return {};
}

}   // namespace sluice
