// SPDX-License-Identifier: GPL-2.0-or-later
// The product's own BPF objects, loaded with tables of one row, pinned nowhere and attached to nothing.
#pragma once

#include <string>

namespace sluice {

struct Attempt {
  int error = 0;       // errno; 0: it worked
  std::string words;   // of libbpf and the verifier; may be empty
};

struct TcAttempts {
  Attempt load;
  Attempt run;   // of the engine's clock, in the way in which its garbage collector is run; only after a load
};

TcAttempts try_tc_programs();
Attempt try_xdp_program();

}   // namespace sluice
