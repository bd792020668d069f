// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "config/syntax.hpp"

namespace sluice::config {

// What is wrong with the string, number or word that begins here.
Flaw find_token_flaw(std::string_view text, size_t at);

}   // namespace sluice::config
