// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/known_names.hpp"

namespace sluice {

Result<> KnownNames::know() {
  if (are_known_) return {};
  if (!gateway_.current()) return fail("no document is in force");
  const Observed seen = TRY(gateway_.observe());
  names_ = FlowNames(gateway_.current()->document, gateway_.rules(seen), seen);
  are_known_ = true;
  return {};
}

}   // namespace sluice
