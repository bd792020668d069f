// SPDX-License-Identifier: GPL-2.0-or-later
// Refusals of what came of a table of endpoints, by the lines of the table: who imports it has not seen the
// document that it becomes. Pure.
#pragma once

#include <vector>

#include "api/service_values.hpp"
#include "config/config.hpp"

namespace sluice {

// Sentences and complaints about endpoints of `edits` begin with their lines there; lines of the document are
// called so in the same sentences. All else stays as it is.
ApiError in_lines_of_table(ApiError error, const std::vector<EndpointEdit>& edits);

}   // namespace sluice
