// SPDX-License-Identifier: GPL-2.0-or-later
// Times as people write them into documents and tables.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace sluice {

// RFC 3339, with "Z" or an offset: "2027-01-01T00:00:00Z", "2027-01-01 01:00:00+01:00". Fractions of a second
// are cut off. A leap second is refused: the clock that it is compared with has none.
std::optional<std::chrono::sys_seconds> parse_rfc3339(std::string_view text);

}   // namespace sluice
