// SPDX-License-Identifier: GPL-2.0-or-later
// Files that hold secrets: which ones a document names, and what in them is secret. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bundle/scrubber.hpp"

namespace sluice {

// The secrets of a file, whatever kind of file it is.
void remove_secrets_of(std::string_view file, Scrubber& scrubber);
// As the document names them.
std::vector<std::string> secret_files_of(std::string_view document);

}   // namespace sluice
