// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/engine.hpp"

namespace sluice {

Result<std::vector<FlowState>> Engine::flows() {
  std::vector<FlowState> all;
  const auto reader = TRY(read_flows());
  while (TRY(reader->next(all))) {
  }
  return all;
}

}   // namespace sluice
