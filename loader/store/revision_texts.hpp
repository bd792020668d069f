// SPDX-License-Identifier: GPL-2.0-or-later
// Texts of revisions that are kept as edits of another one's.
#pragma once

#include "store/store.hpp"

namespace sluice {

// Puts the text together, where it is kept as edits. One that cannot be (somebody wrote into the file) is
// empty, which no apply takes for a document.
Result<> add_text(Database& database, Revision& revision);

}   // namespace sluice
