// SPDX-License-Identifier: GPL-2.0-or-later
// IP protocols by the names of maps/protocols.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

// A name as the document spells it, or a number: of those without a name, and as text of 0 to 255 without
// leading zeros.
std::optional<uint8_t> parse_protocol(std::string_view text);
// Its name, otherwise the number.
std::string protocol_name(uint8_t number);

bool has_ports(uint8_t number);

std::vector<std::string_view> protocol_names();
std::vector<std::string_view> protocols_with_ports();

}   // namespace sluice
