// SPDX-License-Identifier: GPL-2.0-or-later
// Tokens that who asks by HTTP shows (RFC 6750 section 2.1).
#pragma once

#include <string_view>

namespace sluice {

// `authorization`: what the field of the request has. Takes as long for a token that is nearly right.
bool has_token(std::string_view authorization, std::string_view token);

}   // namespace sluice
