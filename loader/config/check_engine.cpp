// SPDX-License-Identifier: GPL-2.0-or-later
// What an engine cannot do, said at the places of the document that ask for it.
#include "config/check.hpp"

namespace sluice::config {
namespace {

const Node* item_of(const Node& list, size_t index) {
  for (const Node& item : list.children())
    if (item.index == index) return &item;
  return nullptr;
}

// The nearest place that the text has: what is missing in it has its default.
const Node& place_of(const KeyPath& path, const Node& root) {
  const Node* at = &root;
  for (const auto& step : path) {
    const auto* key = std::get_if<std::string>(&step);
    const Node* next = key ? at->member(*key) : item_of(*at, std::get<size_t>(step));
    if (!next) break;
    at = next;
  }
  return *at;
}

}   // namespace

void check_engine(const Document& document, EngineKind engine, const Node& root, Complaints& complaints) {
  for (const Lack& lack : lacks(document, engine))
    complaints.say(place_of(lack.path, root), lack.reason, who_can(lack));
}

}   // namespace sluice::config
