// SPDX-License-Identifier: GPL-2.0-or-later
// Who asks: the user of a good token. Pure.
#pragma once

#include <string>

#include "front/paths.hpp"
#include "model/front.hpp"

namespace sluice {

// Leaves the user in txn.user, where a token is good, and says by txn.by_header and txn.by_cookie where a
// token was that one of our keys signed.
std::string token_rules(const TokenRules& tokens, const FrontPaths& paths);
// Takes such tokens out of the request, unless the site wants them.
std::string token_removal_rules(const TokenRules& tokens);

}   // namespace sluice
