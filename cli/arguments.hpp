// SPDX-License-Identifier: GPL-2.0-or-later
// From the words of a command line to a verb, its operands and its options.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cli/command.hpp"

namespace sluice::cli {

struct Arguments {
  const Command* command = nullptr;    // nullptr only with --help or --version
  std::vector<std::string> operands;   // without a command: the words that were there
  std::map<std::string, std::vector<std::string>, std::less<>> options;

  bool has(std::string_view option) const { return options.contains(option); }
  bool asks_version() const;   // of the program, by the global option
  std::string value(std::string_view option, std::string_view otherwise = {}) const;
  // Every value of an option that may be repeated; each may be a list with commas.
  std::vector<std::string> values(std::string_view option) const;
};

// Everything that is wrong with the words is kUsage, in one line that ends with a hint where one can be
// given. Options may stand before the verb, after it, and between its operands; "--" ends them.
Result<Arguments> parse_arguments(std::span<const std::string> words);

}   // namespace sluice::cli
