// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice connect FILE`: a laptop at the other end of a network. It needs no daemon; the program of the
// daemon does it.
#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/machine.hpp"

namespace sluice::cli {

Outcome run_connect(Call& call) {
  TRY(call.machine.connect(call.arguments.operands[0]));
  return kExitDone;
}

}   // namespace sluice::cli
