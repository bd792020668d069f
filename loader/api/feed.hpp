// SPDX-License-Identifier: GPL-2.0-or-later
// What may be followed over the control socket: lines that come for as long as somebody listens.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace sluice {

// Lines as they come, for one who listens until he goes.
class Feed {
 public:
  virtual ~Feed() = default;
  // Adds those that wait, each with its end.
  virtual void take(std::string& lines) = 0;
  // `wake` is called once, as soon as a line waits; never before this has returned.
  virtual void await(std::function<void()> wake) = 0;
};

enum class Watched : uint8_t {
  kDrops,     // packets that were dropped, as rates
  kFlows,     // mappings that are made and end, and what there was no room for
  kHealth,    // backends of services
  kChanges,   // states of everything
  kAll,
};
// Of each kind, in their order.
inline constexpr std::array<std::string_view, 4> kWatchedNames = {"drops", "flows", "health", "changes"};

// The first rows of a list, again and again, with what they do a second.
enum class TopKind : uint8_t { kInterfaces, kTalkers, kFlows, kServices, kTenants, kDrops, kEndpoints };
inline constexpr std::array<std::string_view, 7> kTopNames = {"interfaces", "talkers", "flows",    "services",
                                                              "tenants",    "drops",   "endpoints"};
constexpr std::string_view name_of(TopKind kind) { return kTopNames[static_cast<size_t>(kind)]; }

inline constexpr size_t kTopRows = 200, kTopMostRows = 1000;
inline constexpr size_t kTopLongestFilter = 256;   // bytes

struct TopQuery {
  TopKind kind = TopKind::kFlows;
  std::string sort = {};     // a field of the rows; empty: the usual order
  bool reverse = false;      // the last rows first
  std::string filter = {};   // rows that have this text somewhere, in whatever case; empty: all
  size_t rows = kTopRows;    // at most
};

}   // namespace sluice
