// SPDX-License-Identifier: GPL-2.0-or-later
// Edits of the document where several gateways have one: nodes make them one after the other.
#pragma once

#include <functional>

#include "api/service_values.hpp"
#include "cli/command.hpp"

namespace sluice::cli {

// show_change() of what `ask` is answered, which asks the daemon for an edit. While another change is being
// made, and where another one was made first, it is asked again, for a minute: an edit is of the document
// that is in force then, so nothing of the other one is lost.
Outcome change_in_turn(const Call& call, const std::function<ApiResult()>& ask);

}   // namespace sluice::cli
