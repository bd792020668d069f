// SPDX-License-Identifier: GPL-2.0-or-later
// What can be done on this machine without the daemon. main.cpp has the real one; the library of the verbs
// stays free of what talks to the kernel.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/document.hpp"

namespace sluice::cli {

class Machine {
 public:
  virtual ~Machine() = default;

  virtual Result<nlohmann::json> plan(const Document& document) = 0;   // as the answer to POST /v1/plan
  virtual nlohmann::json doctor(const std::filesystem::path& state,
                                const std::filesystem::path& pins) = 0;   // as the answer to GET /v1/doctor
  virtual nlohmann::json probe(const IpAddress& address) = 0;             // a row of its checks
  virtual std::set<uint16_t> sshd_ports() = 0;                            // where the caller sees sshd listen
  virtual Result<> connect(const std::string& file) = 0;   // comes back only where it cannot begin
  virtual Result<std::vector<std::string>> cleanup(const std::filesystem::path& state,
                                                   const std::filesystem::path& pins) = 0;
};

}   // namespace sluice::cli
