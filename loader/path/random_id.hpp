// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "stun/message.hpp"

namespace sluice {

stun::TransactionId random_transaction();   // not to be guessed

}   // namespace sluice
