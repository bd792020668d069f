// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/listening.hpp"

#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "base/file.hpp"
#include "base/text.hpp"

namespace sluice {
namespace {

constexpr std::string_view kListens = "0A";   // TCP_LISTEN (proc(5))
constexpr size_t kLongestTable = size_t{64} << 20;

std::vector<std::string_view> words_in(std::string_view row) {
  std::vector<std::string_view> words;
  for (const std::string_view word : split(row, ' '))
    if (!word.empty()) words.push_back(word);
  return words;
}

}   // namespace

// "0: 00000000:1F90 00000000:0000 0A ...": number, own address and port, peer, state.
void add_listening(std::string_view table, bool is_tcp, std::set<uint16_t>& ports) {
  for (const std::string_view row : split(table, '\n')) {
    const auto words = words_in(row);
    if (words.size() < 4 || (is_tcp && words[3] != kListens)) continue;
    const size_t colon = words[1].rfind(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view text = words[1].substr(colon + 1);
    uint16_t port = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), port, 16);
    if (read.ec == std::errc() && read.ptr == text.data() + text.size()) ports.insert(port);
  }
}

Result<std::set<uint16_t>> listening_ports() {
  std::set<uint16_t> ports;
  for (const char* name : {"tcp", "tcp6", "udp", "udp6"}) {
    const std::string path = fmt::format("/proc/thread-self/net/{}", name);
    const auto table = read_file(path, kLongestTable);   // no IPv6: no table of it
    if (table) add_listening(*table, std::string_view(name).starts_with("tcp"), ports);
  }
  return ports;
}

}   // namespace sluice
