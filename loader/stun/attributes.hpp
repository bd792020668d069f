// SPDX-License-Identifier: GPL-2.0-or-later
// What messages of STUN are made of (RFC 8489 sections 5 and 14). Numbers are in network byte order.
#pragma once

#include <functional>

#include "stun/message.hpp"

namespace sluice::stun {

inline constexpr uint16_t kBindingRequest = 0x0001, kBindingSuccess = 0x0101;
inline constexpr uint16_t kXorMappedAddress = 0x0020;
inline constexpr uint16_t kMayBePassedOver = 0x8000;   // types from here on need not be understood
inline constexpr size_t kHeader = 20, kAttributeHeader = 4;

uint16_t number16(BytesView bytes, size_t at);
uint32_t number32(BytesView bytes, size_t at);
void add16(Bytes& bytes, uint16_t value);
void add32(Bytes& bytes, uint32_t value);

// One header, and attributes that fill what it says.
bool is_whole(BytesView message);
TransactionId id_in(BytesView message);   // of a whole one
Bytes header_of(uint16_t type, const TransactionId& id);
// Filled up to four bytes; the header's length counts it.
void add_attribute(Bytes& message, uint16_t type, BytesView value);

// Each with its type, its value and where it begins in the message, until `take` answers false. False: `take`
// did, or the message is not well formed. Of a whole one.
using TakeAttribute = std::function<bool(uint16_t type, BytesView value, size_t at)>;
bool each_attribute(BytesView message, const TakeAttribute& take);

// Section 14.1: a zero, the family, the port, the address.
std::optional<Endpoint> read_endpoint(BytesView value);
Bytes endpoint_value(const Endpoint& endpoint);
// Section 14.2: so that a NAT that rewrites what looks like its addresses leaves it alone.
std::optional<Endpoint> read_xored(BytesView value, BytesView message);
Bytes xored_value(const Endpoint& endpoint, BytesView message);

}   // namespace sluice::stun
