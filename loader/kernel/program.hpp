// SPDX-License-Identifier: GPL-2.0-or-later
// Other programs, run without a shell.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace sluice {

// The path of an installed program, in the folders where systems have theirs.
std::optional<std::string> find_program(std::string_view name);

// The program that runs now, also where another release lies in its place already.
Result<std::string> own_program();

// Runs it in a session of its own, in /, with nothing to read, no descriptor of this process and nothing of
// the environment but a PATH, and waits until it ends: at most 30 s, then it is killed. Failure: the last
// line that it wrote (wireguard-go complains to its standard output). The first word is its path.
Result<> run_program(const std::vector<std::string>& words);
// The same, and what it has written.
Result<std::string> output_of(const std::vector<std::string>& words);

// As sd_booted(3) finds it out.
bool has_systemd();

// As a unit of systemd, so that it outlives the service that this process is and has none of its limits: a
// program that stays in the foreground, in the network namespace of this process. `properties` are
// "NAME=VALUE", as systemd-run takes them.
Result<> start_unit(const std::string& unit, const std::string& description,
                    const std::vector<std::string>& words, const std::vector<std::string>& properties = {});
// The same for a program that ends soon: waits for that, and fails when it failed. `input` is what it reads.
Result<> run_unit(const std::string& unit, const std::string& description,
                  const std::vector<std::string>& words, const std::vector<std::string>& properties,
                  int input);
// The same for programs that go on as long as this process, or until it closes the other end of `input`: the
// caller waits for the process that is answered. What it writes goes to `output`; -1: nowhere.
Result<pid_t> start_program(const std::vector<std::string>& words, int input, int output = -1);
Result<pid_t> start_unit_with_input(const std::string& unit, const std::string& description,
                                    const std::vector<std::string>& words,
                                    const std::vector<std::string>& properties, int input);
// Properties that take from a unit what no ordinary program needs, and after them `more`, which may give some
// of it back.
std::vector<std::string> limited(const std::vector<std::string>& more);

}   // namespace sluice
