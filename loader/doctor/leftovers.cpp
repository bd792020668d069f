// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/leftovers.hpp"

#include <fmt/format.h>
#include <linux/netfilter/nf_conntrack_common.h>

#include "kernel/conntrack/conntrack.hpp"

namespace sluice {
namespace {

constexpr size_t kMostLookedAt = 50'000;   // entries: a look takes some milliseconds then

}   // namespace

bool is_leftover(const ConntrackEntry& entry) {
  return entry.mark == 0 && (entry.status & (IPS_SRC_NAT | IPS_DST_NAT)) &&
         entry.reply != entry.original.turned();
}

Result<Leftovers> find_leftovers() {
  Leftovers found;
  auto table = TRY(Conntrack::open());
  TRY(table.begin_dump());
  size_t looked_at = 0;
  const auto look = [&](const ConntrackEntry& entry) {
    ++looked_at;
    if (!is_leftover(entry)) return;
    if (!found.count++) found.example = to_string(entry);
  };
  while (looked_at < kMostLookedAt)
    if (!TRY(table.next_of_dump(look))) return found;
  found.is_least = true;
  return found;
}

std::optional<ProbeRow> judge_leftovers(const Leftovers& found, bool others_translate) {
  if (!found.count || others_translate) return std::nullopt;
  return ProbeRow{"connection tracking",
                  ProbeState::kWarning,
                  fmt::format("{}{} flows are translated by rules that are gone, such as {}",
                              found.is_least ? "at least " : "", found.count, found.example),
                  "they keep that translation until they time out, which one that never rests does not",
                  "`conntrack -D --src-nat` and `conntrack -D --dst-nat`: the next packet is translated anew",
                  "every flow is translated as the document says"};
}

}   // namespace sluice
