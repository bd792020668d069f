// SPDX-License-Identifier: GPL-2.0-or-later
// One segment of a request's target (RFC 3986 section 2.1): what is not unreserved is %XX.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

std::string encode_segment(std::string_view text);
std::optional<std::string> decode_segment(std::string_view text);   // nullopt: a broken %XX, a '/', or empty

}   // namespace sluice
