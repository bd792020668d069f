// SPDX-License-Identifier: GPL-2.0-or-later
// What HAProxy answers, as values, and maps that are compared with what it says of them.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/number.hpp"
#include "base/text.hpp"
#include "front/runtime.hpp"

namespace sluice {
namespace {

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (const std::string_view word : split(line, ' '))
    if (!word.empty()) words.push_back(word);
  return words;
}

std::string value_of(const std::vector<std::string_view>& words, std::string_view name) {
  for (const std::string_view word : words)
    if (word.starts_with(name)) return std::string(word.substr(name.size()));
  return {};
}

// "0x7f... KEY VALUE"
FrontRows parse_map(std::string_view answer) {
  FrontRows rows;
  for (const std::string_view line : split(answer, '\n')) {
    if (!line.starts_with("0x")) continue;
    const size_t key = line.find(' '), value = line.find(' ', key + 1);
    if (key == std::string_view::npos || value == std::string_view::npos) continue;
    rows[std::string(line.substr(key + 1, value - key - 1))] = line.substr(value + 1);
  }
  return rows;
}

std::vector<std::string> removals(const std::string& file, const FrontRows& seen, const FrontRows& wanted) {
  std::vector<std::string> commands;
  for (const auto& [key, value] : seen)
    if (!wanted.contains(key)) commands.push_back(fmt::format("del map {} {}", file, key));
  return commands;
}

}   // namespace

// New rows come before old ones go, so that nothing is without a row in between.
Result<bool> put_map(const HaproxySocket& socket, const std::string& file, const FrontRows& wanted) {
  const FrontRows seen = parse_map(TRY(socket.ask("show map " + file)));
  std::vector<std::string> commands;
  for (const auto& [key, value] : wanted) {
    const auto at = seen.find(key);
    if (at == seen.end())
      commands.push_back(fmt::format("add map {} {} {}", file, key, value));
    else if (at->second != value)
      commands.push_back(fmt::format("set map {} {} {}", file, key, value));
  }
  std::ranges::move(removals(file, seen, wanted), std::back_inserter(commands));
  TRY(socket.tell_all(commands));
  return !commands.empty();
}

Result<> drop_rows(const HaproxySocket& socket, const std::string& file, const FrontRows& wanted) {
  return socket.tell_all(removals(file, parse_map(TRY(socket.ask("show map " + file))), wanted));
}

std::vector<RunningServer> parse_servers(std::string_view answer) {
  constexpr size_t kPool = 1, kName = 3, kAdminState = 6, kWeight = 7, kLeast = 8;
  std::vector<RunningServer> servers;
  for (const std::string_view line : split(answer, '\n')) {
    const auto words = words_of(line);
    if (words.size() < kLeast || line.starts_with('#')) continue;
    servers.push_back({std::string(words[kPool]), std::string(words[kName]),
                       whole_number<unsigned>(words[kAdminState]).value_or(0),
                       whole_number<uint32_t>(words[kWeight]).value_or(0)});
  }
  return servers;
}

Result<std::vector<int>> find_workers(const HaproxySocket& master) {
  auto workers = parse_workers(TRY(master.ask("show proc")));
  return workers.empty() ? fail("the master of HAProxy names no worker")
                         : Result<std::vector<int>>(std::move(workers));
}

std::vector<int> parse_workers(std::string_view answer) {
  std::vector<int> workers;
  for (const std::string_view line : split(answer, '\n')) {
    const auto words = words_of(line);
    if (words.size() < 2 || words[1] != "worker") continue;
    if (const auto pid = whole_number<int>(words[0])) workers.push_back(*pid);
  }
  return workers;
}

std::vector<std::string> parse_table_keys(std::string_view answer) {
  std::vector<std::string> keys;
  for (const std::string_view line : split(answer, '\n'))
    if (std::string key = value_of(words_of(line), "key="); !key.empty()) keys.push_back(std::move(key));
  return keys;
}

std::vector<RunningStream> parse_streams(std::string_view answer) {
  std::vector<RunningStream> streams;
  for (const std::string_view line : split(answer, '\n')) {
    const auto words = words_of(line);
    if (words.empty() || !words[0].starts_with("0x") || !words[0].ends_with(':')) continue;
    streams.push_back({std::string(words[0].substr(0, words[0].size() - 1)), value_of(words, "src="),
                       value_of(words, "be="), value_of(words, "srv=")});
  }
  return streams;
}

std::optional<std::string> parse_info(std::string_view answer, std::string_view name) {
  for (const std::string_view line : split(answer, '\n'))
    if (line.starts_with(name) && line.substr(name.size()).starts_with(": "))
      return std::string(line.substr(name.size() + 2));
  return std::nullopt;
}

}   // namespace sluice
