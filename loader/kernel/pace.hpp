// SPDX-License-Identifier: GPL-2.0-or-later
// What this machine's speed and its clock depend on besides sluice: frequencies of CPUs, who handles the
// interrupts of cards, whether somebody sets the clock.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace sluice {

// Whether somebody keeps the clock right (adjtimex(2)); none: it cannot be asked.
std::optional<bool> clock_is_kept();

// How many CPUs have each governor, "DRIVER GOVERNOR". Empty: nothing here changes frequencies, as in most
// virtual machines.
std::map<std::string, size_t> cpu_governors(const std::filesystem::path& sys = "/sys");

struct CardInterrupts {
  size_t count = 0;          // with an interrupt each: queues, mostly
  std::set<uint32_t> cpus;   // that handle them now
};
// Of a card that has some of its own (MSI); none: it has not, or they cannot be read.
std::optional<CardInterrupts> interrupts_of(const std::string& device,
                                            const std::filesystem::path& sys = "/sys",
                                            const std::filesystem::path& proc = "/proc");

}   // namespace sluice
