// SPDX-License-Identifier: GPL-2.0-or-later
// A text that nobody reads or alters without the passphrase, or without the secret key, that it was sealed
// for. Pure: bytes in, bytes out; the algorithms are libsodium's.
//
// The file, numbers with their low byte first:
//
//   12  "sluicebackup"
//    1  version of this layout: 1
//    1  how it is sealed: 1 with a passphrase, 2 for a public key
//    2  zeros
//   with a passphrase:
//    4  passes of Argon2id, 1 to 16
//    4  its memory in KiB, 8 to 1,048,576
//   16  its salt; the key of the stream is what crypto_pwhash() makes of all this
//   for a public key:
//    8  of the BLAKE2b of the public key: says which one it was
//   80  crypto_box_seal() of the key of the stream
//   then the stream, crypto_secretstream_xchacha20poly1305:
//   24  its header
//    n  pieces of 65,536 bytes and 17 more; the last may be shorter, and it alone is tagged as the last
//
// All that stands before the stream's header is additional data of every piece, so nothing of it can be
// altered. A piece that is missing, doubled or moved does not open.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "seal/key_pair.hpp"

namespace sluice {

// What a guess of the passphrase costs, and the opening too. Without argument: a second or less, 256 MiB.
struct PassphraseCost {
  uint32_t passes = 3;
  uint32_t kibibytes = 256 * 1024;
};

enum class SealedFor : uint8_t { kPassphrase = 1, kPublicKey = 2 };

inline constexpr size_t kMostSealedBytes = size_t{40} << 20;   // of a file

Result<std::string> seal_with_passphrase(std::string_view content, std::string_view passphrase,
                                         const PassphraseCost& cost = {});
Result<std::string> seal_for_key(std::string_view content, const SealKey& public_key);

// Failure: it is no such file, or of a later release.
Result<SealedFor> sealed_for(std::string_view file);

// Failure: one sentence, whatever is wrong; nothing of the content is answered then.
Result<std::string> open_with_passphrase(std::string_view file, std::string_view passphrase);
Result<std::string> open_with_key(std::string_view file, const SealKeyPair& keys);

}   // namespace sluice
