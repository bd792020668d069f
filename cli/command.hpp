// SPDX-License-Identifier: GPL-2.0-or-later
// What a verb of `sluice` is. The verbs themselves are one table, in commands.cpp.
#pragma once

#include <expected>
#include <span>
#include <string_view>
#include <vector>

#include "api/client.hpp"
#include "api/service.hpp"
#include "base/exit_status.hpp"

namespace sluice::cli {

class Console;
class Machine;
struct Arguments;
struct Command;

struct Option {
  std::string_view name;         // without dashes
  char letter = 0;               // of the short form; 0: none
  std::string_view value = {};   // what its value is called; empty: a switch
  std::string_view help = {};
  std::span<const std::string_view> choices = {};   // empty: any value
  std::string_view implied = {};                    // the value where none is written after the option
  bool required = false, repeats = false;
};

// What a verb works with.
struct Call {
  const Command& command;
  const Arguments& arguments;
  Console& console;
  const Client& client;
  Machine& machine;
};

// An error is printed by the caller, complaints first, and its kind becomes the exit status.
using Outcome = std::expected<ExitStatus, ApiError>;

struct Command {
  std::string_view name;   // one word, or two of which the first is a group: "show flows"
  // "FILE": required, "NETWORK NAME": both are, "[A [B]]": none is, "[VERB]": up to two words, "bash|zsh":
  // one of these words; empty: none
  std::string_view operand;
  std::string_view help;
  std::span<const Option> options;
  std::string_view example;   // a whole command line
  Outcome (*run)(Call& call);
};

// The words of its operand, without brackets.
std::vector<std::string_view> operands_of(const Command& command);

// What an operand like "bash|zsh" may be; of others nothing.
std::vector<std::string_view> choices_of(std::string_view operand);

// Whether the value of an option or an operand that is called so is a file or a directory; A and B of `diff`
// may be one.
constexpr bool is_path(std::string_view called) {
  return called == "FILE" || called == "DIR" || called == "PATH" || called == "A" || called == "B";
}

}   // namespace sluice::cli
