// SPDX-License-Identifier: GPL-2.0-or-later
// What libbpf and libxdp say while they work, kept for the error message instead of printed.
#pragma once

#include <string>

namespace sluice {

// Takes over both libraries' messages for this thread's lifetime of the object; the last lines are the reason.
class LibbpfLog {
 public:
  LibbpfLog();
  ~LibbpfLog();
  LibbpfLog(const LibbpfLog&) = delete;
  LibbpfLog& operator=(const LibbpfLog&) = delete;

  // The lines that say why, without the verifier's walk through the program; empty: nothing was said.
  std::string reason() const;
};

// Messages go nowhere unless a LibbpfLog listens. Called once, by main().
void silence_libbpf();

}  // namespace sluice
