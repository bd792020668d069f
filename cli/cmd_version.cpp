// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice version`
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/help.hpp"

namespace sluice::cli {

Outcome run_version(Call& call) {
  call.console.out(version_line());
  return kExitDone;
}

}   // namespace sluice::cli
