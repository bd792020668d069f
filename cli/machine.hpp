// SPDX-License-Identifier: GPL-2.0-or-later
// What can be done on this machine without the daemon. main.cpp has the real one; the library of the verbs
// stays free of what talks to the kernel.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
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
  virtual Result<std::vector<std::string>> cleanup(const std::filesystem::path& state,
                                                   const std::filesystem::path& pins) = 0;
};

}   // namespace sluice::cli
