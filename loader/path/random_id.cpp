// SPDX-License-Identifier: GPL-2.0-or-later
#include "path/random_id.hpp"

#include <sodium.h>

namespace sluice {

stun::TransactionId random_transaction() {
  stun::TransactionId id{};
  randombytes_buf(id.data(), id.size());
  return id;
}

}   // namespace sluice
