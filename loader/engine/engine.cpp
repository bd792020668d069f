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

Result<> Engine::visit_flows(const std::function<void(const FlowState&)>& visit) {
  std::vector<FlowState> piece;
  const auto reader = TRY(read_flows());
  for (bool more = true; more; piece.clear()) {
    more = TRY(reader->next(piece));
    for (const FlowState& flow : piece) visit(flow);
  }
  return {};
}

Result<ObjectsAtRest> Engine::objects_at_rest() { return ObjectsAtRest{TRY(objects()), true}; }

}   // namespace sluice
