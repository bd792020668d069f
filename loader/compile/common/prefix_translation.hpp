// SPDX-License-Identifier: GPL-2.0-or-later
// A static mapping of prefixes as arithmetic (RFC 6296): the rows' adjustment, and what it makes of an
// address.
#pragma once

#include "maps/rules.h"
#include "model/document.hpp"

namespace sluice {

// What is added in ones' complement to keep every checksum right when `from` becomes `to`, both IPv6 and of
// one length of at most 64. In host byte order; sections 3.1 and 3.2, whose directions differ in the sign.
uint16_t neutral_adjustment(const Prefix& from, const Prefix& to);

// The 16-bit word of the address that takes it (sections 3.4 and 3.5): see sl_static.word.
uint16_t neutral_word(uint8_t prefix_length);

// What the row makes of an address under its prefix, as bpf/nat/translate.h does. Nothing: no word of the
// address can take the adjustment.
std::optional<IpAddress> translated(const IpAddress& address, const sl_static& row);

}   // namespace sluice
