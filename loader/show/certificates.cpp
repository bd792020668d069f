// SPDX-License-Identifier: GPL-2.0-or-later
// Certificates of the front: whose they are, and when they end.
#include <fmt/format.h>

#include "base/text.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;

json time_or_null(const std::optional<WallTime>& time) { return time ? json(rfc3339(*time)) : json(nullptr); }

std::string_view state_of(const CertificateRow& row) {
  if (!row.ends) return "missing";
  if (*row.ends <= std::chrono::system_clock::now()) return "ended";
  return row.is_served ? "served" : "waiting";
}

}   // namespace

Result<json> show_certificates(Gateway& gateway) {
  json rows = json::array();
  for (const CertificateRow& row : gateway.certificates().rows())
    rows.push_back({{"names", row.names},
                    {"from", row.is_ordered ? "acme" : "file"},
                    {"source", row.source},
                    {"state", state_of(row)},
                    {"fingerprint", row.fingerprint.empty() ? json(nullptr) : json(row.fingerprint)},
                    {"not_before", time_or_null(row.begins)},
                    {"not_after", time_or_null(row.ends)},
                    {"next", time_or_null(row.renewal)},
                    {"failures", row.failures},
                    {"error", row.error.empty() ? json(nullptr) : json(row.error)}});
  return json{{"certificates", std::move(rows)}};
}

}   // namespace sluice
