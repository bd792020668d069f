// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace sluice::cli {

std::string bash_completion();   // to be sourced; needs nothing but bash itself

}   // namespace sluice::cli
