// SPDX-License-Identifier: GPL-2.0-or-later
// What can be the name of a thing that an operator names.
#pragma once

#include <string_view>

namespace sluice {

// Letters, digits, '.', '_', '-'; not empty, at most 63, no sign first.
bool is_name(std::string_view text);
constexpr auto kNameRemedy = "1 to 63 letters, digits, \".\", \"_\" and \"-\", a letter or digit first";

}   // namespace sluice
