// SPDX-License-Identifier: GPL-2.0-or-later
#include "resolver/upstreams.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "kernel/resolv_conf.hpp"

namespace sluice {
namespace {

constexpr std::chrono::seconds kSilentFor{10}, kLookAtMachine{5};

}   // namespace

void Upstreams::use(std::vector<Endpoint> declared, std::set<IpAddress> own) {
  declared_ = std::move(declared);
  own_ = std::move(own);
  silent_.clear();
  looked_ = {};
}

void Upstreams::look_at_machine(Clock::time_point now) {
  if (looked_ != Clock::time_point{} && now - looked_ < kLookAtMachine) return;
  looked_ = now;
  std::error_code error;
  const auto written = std::filesystem::last_write_time(kResolvConf, error);
  if (!error && written == written_) return;
  written_ = written;
  of_machine_ = name_servers_of_machine();
}

std::vector<Endpoint> Upstreams::in_order(Clock::time_point now) {
  if (declared_.empty()) look_at_machine(now);
  std::vector<Endpoint> order = declared_.empty() ? of_machine_ : declared_;
  std::erase_if(order,
                [&](const Endpoint& one) { return own_.contains(one.address) && one.port == kDnsPort; });
  std::ranges::stable_partition(order, [&](const Endpoint& one) {
    const auto at = silent_.find(one);
    return at == silent_.end() || now - at->second > kSilentFor;
  });
  return order;
}

}   // namespace sluice
