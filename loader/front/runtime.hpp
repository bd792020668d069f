// SPDX-License-Identifier: GPL-2.0-or-later
// HAProxy's runtime socket, and that of its master: a connection for each question.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "front/maps.hpp"

namespace sluice {

class HaproxySocket {
 public:
  HaproxySocket(std::filesystem::path path, std::chrono::milliseconds patience)
      : path_(std::move(path)), patience_(patience) {}

  // What it says. None: nobody listens. Failure: it does not answer in time.
  Result<std::optional<std::string>> find(std::string_view command) const;
  // The same where somebody has to listen.
  Result<std::string> ask(std::string_view command) const;
  // It has to say nothing, or one of these words.
  Result<> tell(std::string_view command, std::string_view good = "") const;
  // As many of them in one go as it takes.
  Result<> tell_all(const std::vector<std::string>& commands) const;

 private:
  std::filesystem::path path_;
  std::chrono::milliseconds patience_;
};

// Makes a map of a running HAProxy the same as `wanted`. Answers whether anything had to be changed.
Result<bool> put_map(const HaproxySocket& socket, const std::string& file, const FrontRows& wanted);

// Takes away what is not in `wanted`; a map that it does not have is empty.
Result<> drop_rows(const HaproxySocket& socket, const std::string& file, const FrontRows& wanted);

// The workers of a master, old ones too, and never none: one that begins anew hangs up on who asks.
Result<std::vector<int>> find_workers(const HaproxySocket& master);

// What HAProxy says, as values. Lines that are none of these are passed over.
struct RunningServer {
  std::string pool, name;
  unsigned admin_state = 0;
  uint32_t weight = 0;
};
std::vector<RunningServer> parse_servers(std::string_view answer);    // "show servers state"
std::vector<int> parse_workers(std::string_view answer);              // "show proc": processes, old ones too
std::vector<std::string> parse_table_keys(std::string_view answer);   // "show table"
struct RunningStream {
  std::string id, client, pool, server;   // client: address and port
};
std::vector<RunningStream> parse_streams(std::string_view answer);                       // "show sess"
std::optional<std::string> parse_info(std::string_view answer, std::string_view name);   // "show info"

}   // namespace sluice
