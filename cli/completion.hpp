// SPDX-License-Identifier: GPL-2.0-or-later
// Completion scripts, made from the table of commands.
#pragma once

#include <string>

namespace sluice::cli {

std::string bash_completion();   // to be sourced; needs nothing but bash itself
std::string zsh_completion();    // to be sourced, or "_sluice" in a folder of $fpath
std::string fish_completion();   // to be sourced, or "sluice.fish" in a folder of $fish_complete_path

}   // namespace sluice::cli
