// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/trust.hpp"

#include <algorithm>
#include <utility>

#include "base/file.hpp"

namespace sluice {
namespace {

constexpr size_t kLargestFile = size_t{4} << 20, kMostTogether = size_t{16} << 20;

}   // namespace

TrustFiles read_trust_files(const std::vector<HealthTarget>& targets) {
  TrustFiles files;
  size_t left = kMostTogether;
  for (const HealthTarget& target : targets) {
    const std::string& name = target.check.ca_file;
    if (name.empty() || files.contains(name)) continue;
    auto text = read_file(name, std::min(left, kLargestFile));
    if (text) left -= text->size();
    files[name] = text ? TrustFile{std::move(*text), ""} : TrustFile{"", text.error().message};
  }
  return files;
}

}   // namespace sluice
