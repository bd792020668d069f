// SPDX-License-Identifier: GPL-2.0-or-later
// Documents and machines of any size, made from numbers: the same each time.
#pragma once

#include <cstddef>
#include <string>

#include "model/observed.hpp"

namespace sluice::bench {

struct Size {
  size_t forwards = 0;
  size_t policies = 0;
};

// A document in the usual layout, one rule per line, as an operator or a generator would write it.
std::string sample_document(const Size& size);

// A machine that has the document's two interfaces and nothing of sluice yet.
Observed sample_machine();

}   // namespace sluice::bench
