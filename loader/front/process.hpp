// SPDX-License-Identifier: GPL-2.0-or-later
// The processes of HAProxy: a master and its workers, of a user without privileges. They outlive this
// process.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "front/paths.hpp"
#include "kernel/other_daemon.hpp"

namespace sluice {

class HaproxyProcess {
 public:
  explicit HaproxyProcess(FrontPaths paths) : paths_(std::move(paths)) {}

  Result<> make_folders() const;
  // A file that HAProxy may read.
  Result<> write(const std::filesystem::path& file, const std::string& text) const;
  // Whether HAProxy would take the candidate.
  Result<> check() const;
  // None runs. It listens when this is over.
  Result<> start() const;
  // Ends it, also where it does not listen.
  Result<> end() const;
  // And nothing of its folder stays.
  Result<> stop() const;

 private:
  std::string unit() const;
  std::vector<std::string> properties() const;
  std::vector<std::string> as_user() const;
  OtherDaemon daemon() const;

  FrontPaths paths_;
};

}   // namespace sluice
