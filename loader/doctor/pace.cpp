// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/pace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.hpp"

namespace sluice {
namespace {

// These drivers take "powersave" for a hint, and are quick when there is work.
bool saves_power(std::string_view governor) {
  const bool is_lasting = governor.ends_with(" powersave") && !governor.starts_with("intel_pstate ") &&
                          !governor.starts_with("amd-pstate-epp ");
  return is_lasting || governor.ends_with(" userspace");
}

}   // namespace

ProbeRow judge_clock(bool is_kept) {
  if (is_kept) return {"clock", ProbeState::kGood, "somebody keeps the clock right", "", "", ""};
  return {"clock",
          ProbeState::kWarning,
          "nobody keeps the clock right",
          "",
          "run a client of NTP: `apt install chrony`, or `timedatectl set-ntp true`",
          "certificates, `expires` of endpoints, deadlines and the times of the log are right"};
}

ProbeRow judge_governors(const std::map<std::string, size_t>& counts) {
  std::vector<std::string> words;
  for (const auto& [governor, count] : counts) words.push_back(fmt::format("{} on {}", governor, count));
  ProbeRow row{
      "CPU frequency", ProbeState::kGood, fmt::format("governors: {}", join(words, ", ")), "", "", ""};
  if (std::ranges::none_of(counts, [](const auto& one) { return saves_power(one.first); })) return row;
  row.state = ProbeState::kWarning;
  row.remedy = "`cpupower frequency-set -g schedutil`, or `performance` where latency counts";
  row.gain = "packets are handled at full speed";
  return row;
}

std::optional<ProbeRow> judge_interrupts(const std::map<std::string, CardInterrupts>& cards, size_t cpus) {
  std::vector<std::string> shared, crowded;
  for (const auto& [device, card] : cards) {
    if (card.count < 2 || cpus < 2) continue;
    (card.cpus.size() < 2 ? crowded : shared).push_back(device);
  }
  if (shared.empty() && crowded.empty()) return std::nullopt;
  if (crowded.empty())
    return ProbeRow{"interrupts",
                    ProbeState::kGood,
                    fmt::format("several CPUs handle those of {}", join(shared, ", ")),
                    "",
                    "",
                    ""};
  return ProbeRow{"interrupts",
                  ProbeState::kWarning,
                  fmt::format("one CPU handles all of {}", join(crowded, ", ")),
                  "",
                  "run irqbalance, or write another CPU into each /proc/irq/NUMBER/smp_affinity_list",
                  "every CPU carries traffic"};
}

}   // namespace sluice
