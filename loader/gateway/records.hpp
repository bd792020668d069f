// SPDX-License-Identifier: GPL-2.0-or-later
// What the store has to know of the steps of a plan before the first of them: what the machine is changed
// from, and what is about to be made. All of it in one transaction, because each waits for the disk.
#pragma once

#include <span>

#include "gateway/execute.hpp"

namespace sluice {

bool may_be_noted_together(std::span<const Step> steps);
Result<> note_ahead(Machine& machine, std::span<const Step> steps);
// They are not performed: nothing of what they would have made is sluice's.
Result<> forget_ahead(Machine& machine, std::span<const Step> steps);

// Writing "all" writes every device and "default": what they were is remembered before it, so that it is put
// back after it. What others wrote to "all" of IPv6's forwarding since sluice came made routers of all that
// were none: who has no record then was a host.
Result<> remember_devices(Machine& machine, const step::SetSysctl& step);

}   // namespace sluice
