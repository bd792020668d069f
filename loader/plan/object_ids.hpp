// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers of named objects (policies, forwards, ...), so that their counters survive an apply. There may be
// tens of thousands, so those who only look share one table.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

namespace sluice {

struct ObjectKey {
  uint8_t kind = 0;   // SL_OBJECT_*
  std::string name;
  bool operator==(const ObjectKey&) const = default;
};

struct ObjectKeyHash {
  size_t operator()(const ObjectKey& key) const { return std::hash<std::string>{}(key.name) + key.kind; }
};

using ObjectIds = std::unordered_map<ObjectKey, uint32_t, ObjectKeyHash>;
using SharedObjectIds = std::shared_ptr<const ObjectIds>;

// Of anything with a kind, a name and a number.
template <class Objects>
SharedObjectIds ids_of(const Objects& objects) {
  auto ids = std::make_shared<ObjectIds>();
  ids->reserve(std::size(objects));
  for (const auto& object : objects) (*ids)[{object.kind, object.name}] = object.number;
  return ids;
}

}   // namespace sluice
