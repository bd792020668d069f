// SPDX-License-Identifier: GPL-2.0-or-later
// Descriptors from one process to another over a stream of Unix sockets (unix(7)), one after the other.
#pragma once

#include <span>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sluice {

// At most so many at once.
inline constexpr uint32_t kMostDescriptors = 2048;

// The other side takes them all, before anything else that comes by this socket. Both wait.
Result<> send_descriptors(int socket, std::span<const int> descriptors);
Result<std::vector<UniqueFd>> receive_descriptors(int socket);

}   // namespace sluice
