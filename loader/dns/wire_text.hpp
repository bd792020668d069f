// SPDX-License-Identifier: GPL-2.0-or-later
// Names of DNS as bytes and as text: labels with their lengths (RFC 1035 section 3.1), without compression.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dns/message.hpp"

namespace sluice::dns {

inline uint8_t lower_case(uint8_t c) { return c >= 'A' && c <= 'Z' ? static_cast<uint8_t>(c | 0x20) : c; }

// In lower case, without the last dot; bytes that names of hosts have not are escaped as in zone files.
// Nothing: it is no whole name.
std::optional<std::string> text_of_name(BytesView name);

// Of a name of a host (model/resolver.hpp).
Bytes wire_of_name(std::string_view name);

}   // namespace sluice::dns
