// SPDX-License-Identifier: GPL-2.0-or-later
// What two gateways say to each other about the ways between them: binding requests of STUN and their answers
// (RFC 8489), in the manner of ICE (RFC 8445), with a proof of who sent them. Pure.
//
//   0x0006 USERNAME            the tag, as 32 hexadecimal digits
//   0x0020 XOR-MAPPED-ADDRESS  of an answer: where the request came from
//   0xc0f1 candidates          of a call and its answer; for each a byte (PathOrigin), a byte with the length
//                              of what follows, and an address as in section 14.1
//   0xc0f2 call                nothing: the other end is to tell its candidates, and to try ours
//   0xc0f3 through a relay     nothing, in an answer: so the request came
//   0xc0f4 used                a byte (PathKind), in a request: the tunnel goes this way
//   0xc0f5 digest              four bytes, in an answer: others than before: there are other candidates
//   0x001c MESSAGE-INTEGRITY-SHA256 (section 14.6), the last one
#pragma once

#include "model/path.hpp"
#include "stun/message.hpp"

namespace sluice {

struct PathMessage {
  bool is_answer = false;
  stun::TransactionId id{};
  bool is_call = false;                         // of a request
  bool through_relay = false;                   // of an answer
  std::optional<PathKind> used = {};            // of a request
  std::optional<Endpoint> mapped = {};          // of an answer
  std::optional<uint32_t> digest = {};          // of an answer
  std::vector<PathCandidate> candidates = {};   // of a call and its answer
};

stun::Bytes write_path_message(const PathMessage& message, const PathKey& key);

uint32_t digest_of(const std::vector<PathCandidate>& candidates);

using PathTag = std::array<uint8_t, 16>;
// Whose it claims to be. None: it is no such message.
std::optional<PathTag> path_tag_in(stun::BytesView message);
// None: it is of somebody else, was altered, or makes no sense.
std::optional<PathMessage> read_path_message(stun::BytesView message, const PathKey& key);

// Whether a datagram may be sent there at all.
bool is_path_place(const Endpoint& place);

}   // namespace sluice
