// SPDX-License-Identifier: GPL-2.0-or-later
// Network namespaces below /run/netns, where `ip netns` has its own: made, entered and removed by system
// calls.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "model/observed.hpp"

namespace sluice {

// The number of a namespace is that of its inode, which no other one has as long as it lives.

// Failure: something of that name is there. Whatever was begun is taken back then.
Result<uint32_t> make_space(const std::string& name);
// Only the name: who is inside keeps the namespace. One that is gone already, or is another one by now, is
// success.
Result<> remove_space(const std::string& name, uint32_t number);

// What `sluiced --space make|remove NAME NUMBER` does for a sluiced whose mounts nobody else sees.
struct SpaceChange {
  std::string name;
  bool make = false;
  uint32_t number = 0;   // of the one to remove
};
inline constexpr std::string_view kSpaceVerb = "--space";
std::vector<std::string> words_of(const SpaceChange& change);
std::optional<SpaceChange> space_change_of(const std::vector<std::string>& words);   // behind the verb
Result<> change_names(const SpaceChange& change);

// Those whose names begin so.
std::map<std::string, ObservedSpace> list_spaces(std::string_view prefix);

struct OpenSpace {
  UniqueFd fd;
  uint32_t number = 0;
};
Result<OpenSpace> open_space(const std::string& name);   // or a path

// Runs it in a thread that is inside; sockets that it opens belong there.
Result<> run_inside(const OpenSpace& space, const std::function<Result<>()>& run);

}   // namespace sluice
