// SPDX-License-Identifier: GPL-2.0-or-later
#include "path/check.hpp"

#include <sodium.h>

#include <algorithm>

#include "base/hex.hpp"
#include "stun/attributes.hpp"

namespace sluice {
namespace {

using stun::Bytes;
using stun::BytesView;

constexpr uint16_t kUserName = 0x0006, kProof = 0x001c;
constexpr uint16_t kCandidates = 0xc0f1, kCall = 0xc0f2, kThroughRelay = 0xc0f3, kUsed = 0xc0f4,
                   kDigest = 0xc0f5;
constexpr size_t kProofBytes = crypto_auth_hmacsha256_BYTES, kLengthAt = 2;

Bytes name_of(const PathTag& tag) {
  const std::string name = hex_of(tag);
  return {name.begin(), name.end()};
}

std::optional<PathTag> tag_of(BytesView name) {
  PathTag tag{};
  const bool is_tag = read_hex({reinterpret_cast<const char*>(name.data()), name.size()}, tag);
  return is_tag ? std::optional(tag) : std::nullopt;
}

// Section 14.6: of all before it, with a length in the header that counts it.
std::array<uint8_t, kProofBytes> proof_of(BytesView before, const PathKey& key) {
  Bytes proven(before.begin(), before.end());
  const size_t length = before.size() - stun::kHeader + stun::kAttributeHeader + kProofBytes;
  proven[kLengthAt] = static_cast<uint8_t>(length >> 8);
  proven[kLengthAt + 1] = static_cast<uint8_t>(length);
  std::array<uint8_t, kProofBytes> proof{};
  crypto_auth_hmacsha256(proof.data(), proven.data(), proven.size(), key.secret.data());
  return proof;
}

Bytes candidates_value(const std::vector<PathCandidate>& candidates) {
  Bytes value;
  for (const PathCandidate& one : candidates) {
    const Bytes place = stun::endpoint_value(one.place);
    value.push_back(static_cast<uint8_t>(one.origin));
    value.push_back(static_cast<uint8_t>(place.size()));
    value.insert(value.end(), place.begin(), place.end());
  }
  return value;
}

bool read_candidates(BytesView value, std::vector<PathCandidate>& candidates) {
  while (!value.empty()) {
    if (value.size() < 2 || value[0] >= kPathOrigins || value.size() - 2 < value[1] ||
        candidates.size() == kMostPathCandidates)
      return false;
    const auto place = stun::read_endpoint(value.subspan(2, value[1]));
    if (!place) return false;
    if (is_path_place(*place)) candidates.push_back({static_cast<PathOrigin>(value[0]), *place});
    value = value.subspan(2 + size_t{value[1]});
  }
  return true;
}

bool read_used(BytesView value, PathMessage& read) {
  if (value.size() != 1 || value[0] >= kPathKindNames.size()) return false;
  read.used = static_cast<PathKind>(value[0]);
  return true;
}

// False: it has to be understood, and is not.
bool read_attribute(PathMessage& read, uint16_t type, BytesView value, BytesView message) {
  switch (type) {
    case kCandidates: return read_candidates(value, read.candidates);
    case kCall: return read.is_call = true;
    case kThroughRelay: return read.through_relay = true;
    case kUsed: return read_used(value, read);
    case kDigest:
      if (value.size() != 4) return false;
      read.digest = stun::number32(value, 0);
      return true;
    case stun::kXorMappedAddress:
      read.mapped = stun::read_xored(value, message);
      return read.mapped.has_value();
    case kUserName:
    case kProof: return true;
    default: return (type & stun::kMayBePassedOver) != 0;
  }
}

bool is_path_type(BytesView message) {
  const uint16_t type = stun::number16(message, 0);
  return type == stun::kBindingRequest || type == stun::kBindingSuccess;
}

// The last attribute, and nothing behind it.
bool is_proven(BytesView message, const PathKey& key) {
  bool proven = false;
  const bool well_formed = stun::each_attribute(message, [&](uint16_t type, BytesView value, size_t at) {
    if (type != kProof) return !proven;
    proven = value.size() == kProofBytes && at + stun::kAttributeHeader + kProofBytes == message.size() &&
             sodium_memcmp(value.data(), proof_of(message.first(at), key).data(), kProofBytes) == 0;
    return proven;
  });
  return well_formed && proven;
}

}   // namespace

bool is_path_place(const Endpoint& place) {
  return place.port != 0 && !place.address.is_unspecified() && !place.address.is_loopback() &&
         !place.address.is_multicast() && !place.address.is_link_local();
}

uint32_t digest_of(const std::vector<PathCandidate>& candidates) {
  const Bytes value = candidates_value(candidates);
  std::array<uint8_t, crypto_generichash_BYTES_MIN> hash{};
  crypto_generichash(hash.data(), hash.size(), value.data(), value.size(), nullptr, 0);
  return stun::number32(hash, 0);
}

Bytes write_path_message(const PathMessage& message, const PathKey& key) {
  Bytes bytes =
      stun::header_of(message.is_answer ? stun::kBindingSuccess : stun::kBindingRequest, message.id);
  stun::add_attribute(bytes, kUserName, name_of(key.tag));
  if (message.mapped)
    stun::add_attribute(bytes, stun::kXorMappedAddress, stun::xored_value(*message.mapped, bytes));
  if (!message.candidates.empty())
    stun::add_attribute(bytes, kCandidates, candidates_value(message.candidates));
  if (message.is_call) stun::add_attribute(bytes, kCall, {});
  if (message.through_relay) stun::add_attribute(bytes, kThroughRelay, {});
  if (message.used) stun::add_attribute(bytes, kUsed, Bytes{static_cast<uint8_t>(*message.used)});
  if (message.digest) {
    Bytes value;
    stun::add32(value, *message.digest);
    stun::add_attribute(bytes, kDigest, value);
  }
  stun::add_attribute(bytes, kProof, proof_of(bytes, key));
  return bytes;
}

std::optional<PathTag> path_tag_in(BytesView message) {
  if (!stun::is_whole(message) || !is_path_type(message)) return std::nullopt;
  std::optional<PathTag> tag;
  stun::each_attribute(message, [&](uint16_t type, BytesView value, size_t) {
    if (type == kUserName) tag = tag_of(value);
    return !tag;
  });
  return tag;
}

std::optional<PathMessage> read_path_message(BytesView message, const PathKey& key) {
  if (path_tag_in(message) != key.tag || !is_proven(message, key)) return std::nullopt;
  PathMessage read{.is_answer = stun::number16(message, 0) == stun::kBindingSuccess,
                   .id = stun::id_in(message)};
  const bool understood = stun::each_attribute(message, [&](uint16_t type, BytesView value, size_t) {
    return read_attribute(read, type, value, message);
  });
  return understood ? std::optional(read) : std::nullopt;
}

}   // namespace sluice
