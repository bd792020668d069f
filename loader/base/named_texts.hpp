// SPDX-License-Identifier: GPL-2.0-or-later
// Texts by name: the files that a document names, with what was in them.
#pragma once

#include <map>
#include <string>

namespace sluice {

using NamedTexts = std::map<std::string, std::string, std::less<>>;

}   // namespace sluice
