// SPDX-License-Identifier: GPL-2.0-or-later
// The form of a command line: which words are options. Boost.Program_options stays behind this.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/command.hpp"

namespace sluice::cli {

struct Scanned {
  std::vector<std::string> words;   // what is no option and no option's value
  std::map<std::string, std::vector<std::string>, std::less<>> options;
};

Result<Scanned> scan(std::span<const std::string> arguments, std::span<const Option> options);

}   // namespace sluice::cli
