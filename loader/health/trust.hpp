// SPDX-License-Identifier: GPL-2.0-or-later
// Files of certificates that checks by HTTPS trust (PEM). The daemon reads them, and tells who asks backends
// what is in them: that process may not read what is root's.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/health.hpp"

namespace sluice {

struct TrustFile {
  std::string text;
  std::string trouble;   // why there is none
  bool operator==(const TrustFile&) const = default;
};
using TrustFiles = std::map<std::string, TrustFile>;   // by the names that checks have

// Those that these targets are asked with. All together have at most 16 MiB.
TrustFiles read_trust_files(const std::vector<HealthTarget>& targets);

}   // namespace sluice
