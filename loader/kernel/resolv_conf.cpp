// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/resolv_conf.hpp"

#include <algorithm>

#include "base/file.hpp"
#include "base/text.hpp"
#include "model/resolver.hpp"

namespace sluice {
namespace {

constexpr size_t kMostOfResolvConf = 65536;

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

std::vector<Endpoint> name_servers_of_machine() {
  return name_servers(read_file(kResolvConf, kMostOfResolvConf).value_or(""));
}

}   // namespace sluice
