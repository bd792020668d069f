// SPDX-License-Identifier: GPL-2.0-or-later
// A conversation with a daemon of FRR over the socket that vtysh talks to it by: no process for each
// question, and an end to each wait.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sluice {

class Vty {
 public:
  // None: nobody listens. All questions together are answered within `patience`, or it is a failure.
  static Result<std::optional<Vty>> connect(const std::filesystem::path& socket,
                                            std::chrono::milliseconds patience);

  // What it says. Failure: it refuses the command, with what it says; or it does not answer in time.
  Result<std::string> ask(std::string_view command);

 private:
  Vty(UniqueFd fd, std::chrono::milliseconds patience)
      : fd_(std::move(fd)), end_(std::chrono::steady_clock::now() + patience) {}
  Result<> wait_for(short event);

  UniqueFd fd_;
  std::chrono::steady_clock::time_point end_;
};

}   // namespace sluice
