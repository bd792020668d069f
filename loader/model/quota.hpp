// SPDX-License-Identifier: GPL-2.0-or-later
// How much may pass in a calendar month (UTC).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

inline constexpr uint64_t kUnlimited = 0;

// Bytes: "100GB/month", of B, kB, MB, GB and TB of 1000; "unlimited". Nullopt: another text, nothing at all,
// or more than 1,000,000 TB.
std::optional<uint64_t> parse_quota(std::string_view text);
std::string quota_to_string(uint64_t bytes);   // as a document spells it

}   // namespace sluice
