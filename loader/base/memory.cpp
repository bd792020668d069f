// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/memory.hpp"

#include <malloc.h>

// Of mimalloc, where that is the allocator (loader/daemon/CMakeLists.txt).
extern "C" void mi_collect(bool force) __attribute__((weak));

namespace sluice {

void give_back_memory() {
  if (mi_collect)
    mi_collect(true);
  else
    malloc_trim(0);
}

}   // namespace sluice
