// SPDX-License-Identifier: GPL-2.0-or-later
// The pair for which files are sealed (X25519): who has the public key can seal, who has the secret one can
// open. As text each has a prefix of its own and a checksum, so that a letter that got lost is noticed before
// a file is sealed that nobody can open.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sluice {

using SealKey = std::array<uint8_t, 32>;

struct SealKeyPair {
  SealKey public_key{}, secret_key{};
};

SealKeyPair make_seal_keys();

std::string public_text(const SealKey& public_key);   // "sluice-backup-key:" and 48 characters
std::string secret_text(const SealKeyPair& keys);     // "sluice-backup-secret:" and 48 characters
// White space at either end does not matter. Failure: kUsage, without the text.
Result<SealKey> parse_public(std::string_view text);
Result<SealKeyPair> parse_secret(std::string_view text);

}   // namespace sluice
