// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/path_probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

constexpr uint32_t kLeast4 = 100,
                   kLeast6 = 1280;   // RFC 8200 section 5; a small one where there is no such rule
constexpr int kMostRouters = 8;      // that have each a smaller one

ProbeRow path_row(const IpAddress& to, ProbeState state, std::string finding) {
  return {fmt::format("path to {}", to.to_string()), state, std::move(finding), "", "", ""};
}

// Between one that is answered and one that is not.
Result<uint32_t> largest_answered(uint32_t good, uint32_t bad, const AskEcho& ask) {
  while (bad - good > 1) {
    const uint32_t middle = good + (bad - good) / 2;
    (TRY(ask(middle)).answered ? good : bad) = middle;
  }
  return good;
}

Result<ProbeRow> ask_path(const IpAddress& to) {
  EchoSocket echo = TRY(EchoSocket::open(to));
  const auto found = TRY(find_path(echo.mtu(), to.is_ipv4() ? kLeast4 : kLeast6,
                                   [&](uint32_t bytes) { return echo.ask(bytes); }));
  return judge_path(to, found);
}

}   // namespace

Result<PathFinding> find_path(uint32_t first, uint32_t least, const AskEcho& ask) {
  PathFinding found{.first = first};
  if (!TRY(ask(least)).answered) return found;
  uint32_t size = first;
  for (int routers = 0; routers < kMostRouters && size > least; ++routers) {
    const EchoOutcome outcome = TRY(ask(size));
    if (outcome.answered) {
      found.through = size;
      return found;
    }
    if (!outcome.fits || *outcome.fits >= size || *outcome.fits < least) break;
    found.told = true;
    size = *outcome.fits;
  }
  found.told = false;
  found.through = TRY(largest_answered(least, std::max(size, least + 1), ask));
  return found;
}

ProbeRow judge_path(const IpAddress& to, const PathFinding& found) {
  if (!found.through) {
    ProbeRow row = path_row(to, ProbeState::kWarning, "it does not answer");
    row.reason = "no answer came to a small echo request, so nothing is known of larger ones";
    row.remedy = "probe an address that answers to `ping`";
    return row;
  }
  const std::string size = fmt::format("packets of {} bytes get through", found.through);
  if (found.through >= found.first) return path_row(to, ProbeState::kGood, size);
  if (found.told)
    return path_row(to, ProbeState::kGood, size + ", and routers say so to whoever sends larger ones");
  ProbeRow row =
      path_row(to, ProbeState::kWarning, fmt::format("packets of more than {} bytes vanish", found.through));
  row.reason = "no router says that they are too big: an MTU hole";
  row.remedy = fmt::format(
      "`ip link set dev DEVICE mtu {}` of the interface towards it, also where its address is configured",
      found.through);
  row.gain =
      "connections that stall with their first large packet go on: TCP is made to fit, others are told";
  return row;
}

ProbeRow probe_path(const IpAddress& to) {
  auto row = ask_path(to);
  if (row) return std::move(*row);
  ProbeRow failed = path_row(to, ProbeState::kWarning, "it could not be probed");
  failed.reason = row.error().message;
  return failed;
}

}   // namespace sluice
