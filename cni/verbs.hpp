// SPDX-License-Identifier: GPL-2.0-or-later
// ADD, DEL, CHECK and VERSION, by the daemon's control socket.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace sluice::cni {

struct Outcome {
  std::string output;   // JSON; empty: nothing is said
  int status = 0;       // of the process
};

Outcome run(const std::function<std::string(const char*)>& variable, std::string_view input);

}   // namespace sluice::cni
