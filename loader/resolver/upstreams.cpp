// SPDX-License-Identifier: GPL-2.0-or-later
#include "resolver/upstreams.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/file.hpp"
#include "base/text.hpp"

namespace sluice {
namespace {

constexpr const char* kResolvConf = "/etc/resolv.conf";
constexpr size_t kMostOfResolvConf = 65536;
constexpr std::chrono::seconds kSilentFor{10}, kLookAtMachine{5};

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (size_t at = 0; (at = line.find_first_not_of(" \t\r", at)) != std::string_view::npos;) {
    const size_t end = std::min(line.find_first_of(" \t\r", at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

}   // namespace

std::vector<Endpoint> name_servers(std::string_view resolv_conf) {
  std::vector<Endpoint> servers;
  for (const std::string_view line : split(resolv_conf, '\n')) {
    const auto words = words_of(line);
    if (words.size() < 2 || words[0] != "nameserver" || servers.size() == kMostUpstreams) continue;
    const auto address = IpAddress::parse(words[1]);
    if (address && !address->is_unspecified()) servers.push_back({*address, kDnsPort});
  }
  return servers;
}

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
  of_machine_ = name_servers(read_file(kResolvConf, kMostOfResolvConf).value_or(""));
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
