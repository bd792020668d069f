// SPDX-License-Identifier: GPL-2.0-or-later
// What libbpf and libxdp say while they work, kept for the error message instead of printed.
#pragma once

#include <string>

namespace sluice {

// Collects both libraries' messages on this thread while it lives; one made inside another takes over until
// it ends.
class LibbpfLog {
 public:
  LibbpfLog();
  ~LibbpfLog();
  LibbpfLog(const LibbpfLog&) = delete;
  LibbpfLog& operator=(const LibbpfLog&) = delete;

  // The lines that say why, without the verifier's walk through the program; empty: nothing was said.
  std::string reason() const;

 private:
  std::string text_;
  std::string* outer_;
};

// Messages go nowhere unless a LibbpfLog listens. Called once, by main().
void silence_libbpf();

}   // namespace sluice
