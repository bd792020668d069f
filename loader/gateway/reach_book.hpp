// SPDX-License-Identifier: GPL-2.0-or-later
// Which ports routers were asked for, by which nonces, and what they gave: kept, so that a daemon that is
// started again has what it had, and can give back what is not needed any more.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "gateway/state_file.hpp"
#include "model/reach_order.hpp"

namespace sluice {

class ReachBook {
 public:
  static constexpr StateFileKind kFile{"reach.json", size_t{1} << 20, "which ports routers gave"};

  // Reads what was kept. What is damaged is told and lost: routers forget by themselves.
  explicit ReachBook(const std::filesystem::path& state);

  // These and no others. New ones get a nonce.
  void want(const std::set<uint16_t>& ports);
  // That leads to the router which gave them.
  void want_by(const std::string& device);
  const std::string& device() const { return device_; }
  std::vector<PortOfOurs> wanted() const;
  std::vector<PortToReturn> to_return() const;   // that routers gave, and nobody wants
  void note(const ReachNews& news);
  Result<> keep();

 private:
  struct Kept {
    PortOfOurs port;
    AskedBy by = AskedBy::kPcp;
  };

  void read(const nlohmann::json& kept);

  StateFile file_;
  std::string device_;
  std::map<uint16_t, Kept> ports_;
  std::set<uint16_t> wanted_;
};

}   // namespace sluice
