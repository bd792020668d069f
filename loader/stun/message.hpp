// SPDX-License-Identifier: GPL-2.0-or-later
// Binding requests of STUN (RFC 8489) and their answers, with what finds out how a NAT behaves (RFC 5780).
// Numbers in messages are in network byte order.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/address.hpp"

namespace sluice::stun {

using Bytes = std::vector<uint8_t>;
using BytesView = std::span<const uint8_t>;
using TransactionId = std::array<uint8_t, 12>;   // not to be guessed

inline constexpr uint32_t kMagicCookie = 0x2112a442;
inline constexpr size_t kMagicCookieAt = 4;

struct BindingRequest {
  TransactionId id{};
  bool change_address = false, change_port = false;   // of whom the answer comes from
  std::optional<uint16_t> answer_port = {};           // it is to be sent to, if not to where it came from
  bool fills_up = false;   // it is as long as its answer, which servers may ask for
};
Bytes write_request(const BindingRequest& request);
// What a server is asked. None: it is no binding request, or asks for more than where it came from.
std::optional<TransactionId> read_request(BytesView message);
// Where the request came from.
Bytes write_answer(const TransactionId& id, const Endpoint& mapped);

struct BindingAnswer {
  TransactionId id{};
  bool refused = false;             // an error response
  std::optional<Endpoint> mapped;   // how the server saw the request; of no error
  std::optional<Endpoint> other;    // what the server is besides, with another address and another port
};
// None: it is no answer to a binding request, or has something that has to be understood and is not.
std::optional<BindingAnswer> read_answer(BytesView message);

}   // namespace sluice::stun
