// SPDX-License-Identifier: GPL-2.0-or-later
// What strangers send to a port that STUN servers are asked from, and to one that answers.
#include <cstdint>
#include <cstdlib>

#include "stun/message.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice;
  const auto answer = stun::read_answer({data, size});
  if (answer && !answer->refused && !answer->mapped) std::abort();
  if (answer && answer->refused && answer->mapped) std::abort();
  if (const auto id = stun::read_request({data, size})) {
    const auto again = stun::read_answer(stun::write_answer(*id, {}));
    if (answer || !again || again->id != *id) std::abort();
  }
  return 0;
}
