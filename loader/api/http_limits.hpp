// SPDX-License-Identifier: GPL-2.0-or-later
// What a request may weigh, in bytes. A document has at most 32 MiB; as a JSON string it is a little longer.
#pragma once

#include <cstddef>

namespace sluice {

inline constexpr size_t kHeaderLimit = 8 * 1024;
inline constexpr size_t kBodyLimit = 33 * 1024 * 1024;

// Larger bodies take one of a few places, so that many connections together cannot fill the memory.
inline constexpr size_t kSmallBody = 64 * 1024;
inline constexpr int kLargeBodies = 4;

}   // namespace sluice
