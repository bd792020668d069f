// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/pace.hpp"

#include <sys/timex.h>

#include <charconv>
#include <system_error>
#include <vector>

#include "base/file.hpp"
#include "base/text.hpp"

namespace sluice {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostWords = 4096;   // of such a file

std::string words_in(const fs::path& file) {
  const auto text = read_file(file, kMostWords);
  return text ? std::string(trimmed(*text)) : std::string();
}

// What cannot be listed is empty.
std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> all;
  std::error_code ignored;
  for (fs::directory_iterator at(folder, ignored), end; at != end; at.increment(ignored))
    all.push_back(at->path());
  return all;
}

std::optional<uint32_t> cpu_number(std::string_view text) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

// "0", "0-3": the kernel names the CPU, or the few, that an interrupt goes to now.
void add_cpus(std::string_view list, std::set<uint32_t>& cpus) {
  for (const std::string_view range : split(list, ',')) {
    const auto ends = split(range, '-');
    const auto first = cpu_number(ends.front()), last = cpu_number(ends.back());
    if (!first || !last || *last - *first > 4096) continue;
    for (uint32_t cpu = *first; cpu <= *last; ++cpu) cpus.insert(cpu);
  }
}

}   // namespace

std::optional<bool> clock_is_kept() {
  timex clock{};
  const int state = ::adjtimex(&clock);
  if (state < 0) return std::nullopt;
  return state != TIME_ERROR && (clock.status & STA_UNSYNC) == 0;
}

std::map<std::string, size_t> cpu_governors(const fs::path& sys) {
  std::map<std::string, size_t> counts;
  for (const fs::path& cpu : entries_of(sys / "devices/system/cpu")) {
    const std::string governor = words_in(cpu / "cpufreq/scaling_governor");
    if (!governor.empty()) ++counts[words_in(cpu / "cpufreq/scaling_driver") + " " + governor];
  }
  return counts;
}

std::optional<CardInterrupts> interrupts_of(const std::string& device, const fs::path& sys,
                                            const fs::path& proc) {
  CardInterrupts found;
  for (const fs::path& one : entries_of(sys / "class/net" / device / "device/msi_irqs")) {
    const std::string cpus = words_in(proc / "irq" / one.filename() / "effective_affinity_list");
    if (cpus.empty()) continue;
    ++found.count;
    add_cpus(cpus, found.cpus);
  }
  return found.count ? std::optional(found) : std::nullopt;
}

}   // namespace sluice
