// SPDX-License-Identifier: GPL-2.0-or-later
// What root alone may put into a document. Whoever may apply documents would otherwise have each file of the
// machine told, written or sent away that holds a key: the daemon reads them as root.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

// Where `text` names a file with a key, or somebody who is shown one or whose documents are put in force
// ("web.token_file"), that `before` does not name at the same place; parts of a list are at one place.
// nullopt: nowhere, or the text is broken and check_document() says so.
std::optional<std::string> new_owner_value(std::string_view text, std::string_view before);

}   // namespace sluice
