// SPDX-License-Identifier: GPL-2.0-or-later
// What a process is from now on that reads what strangers send.
#pragma once

#include <optional>

#include "base/result.hpp"

namespace sluice {

// The user and group nobody, in no other group, without new privileges, and with no right but this one
// (CAP_*). A process that may not become somebody else stays as it is: it runs in a unit, as a user of its
// own and with what it needs (properties_of() of helper.hpp).
Result<> become_nobody(std::optional<int> right = {});

// Also what such a unit has left. It has to permit capset(), which is none of the usual calls.
Result<> give_up_rights();

// As many open files as this process may ever have.
void take_all_files();

}   // namespace sluice
