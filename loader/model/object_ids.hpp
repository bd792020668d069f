// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers of named objects (policies, forwards, ...), so that their counters survive an apply. There may be
// tens of thousands, so those who only look share one table.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sluice {

// An object to look for, without a name of its own.
struct ObjectView {
  uint8_t kind = 0;   // SL_OBJECT_*
  std::string_view name;
  bool operator==(const ObjectView&) const = default;
};

struct ObjectKey {
  uint8_t kind = 0;
  std::string name;
  operator ObjectView() const { return {kind, name}; }
  bool operator==(const ObjectKey&) const = default;
};

struct ObjectHash {
  using is_transparent = void;
  size_t operator()(const ObjectView& object) const {
    return std::hash<std::string_view>{}(object.name) + object.kind;
  }
};

struct SameObject {
  using is_transparent = void;
  bool operator()(const ObjectView& a, const ObjectView& b) const { return a == b; }
};

using ObjectIds = std::unordered_map<ObjectKey, uint32_t, ObjectHash, SameObject>;
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
