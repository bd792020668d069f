// SPDX-License-Identifier: GPL-2.0-or-later
// What this process may do from now on: it reads what strangers send.
#pragma once

#include "base/result.hpp"

namespace sluice {

// Nothing but to have a port below 1024, as nobody. Where this process may not give up what it is, the unit
// that it runs in has taken that from it before.
Result<> give_up_rights();

}   // namespace sluice
