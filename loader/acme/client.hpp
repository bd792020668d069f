// SPDX-License-Identifier: GPL-2.0-or-later
// uacme, an ACME client, run in a folder of its own.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "acme/hook.hpp"
#include "acme/order.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sluice {

// What uacme wrote to complain: a sentence, and what the authority said of when to come again.
AcmeOutcome failure_of(std::string_view text);

class AcmeClient {
 public:
  // `answers` says whether a challenge is accepted. `daemon` is a socket: without its other end nothing goes
  // on.
  AcmeClient(std::filesystem::path folder, int daemon, std::function<bool(const HookCall&)> answers);

  // A socket for hooks.
  Result<> listen();
  // What it wrote, and whether it succeeded.
  struct Run {
    bool succeeded = false;
    std::string text;
  };
  Result<Run> run(const std::vector<std::string>& words);

 private:
  Result<> await_end(int output, std::string& text);

  std::filesystem::path folder_;
  int daemon_;
  std::function<bool(const HookCall&)> answers_;
  UniqueFd hooks_;
};

}   // namespace sluice
