// SPDX-License-Identifier: GPL-2.0-or-later
#include "seal/sealed_file.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>

#include "seal/stream.hpp"

namespace sluice {
namespace {

constexpr std::string_view kMagic = "sluicebackup";
constexpr char kVersion = 1;
constexpr size_t kVersionAt = kMagic.size(), kKindAt = kVersionAt + 1, kCommonBytes = kKindAt + 3;
constexpr size_t kPassesAt = kCommonBytes, kMemoryAt = kPassesAt + 4, kSaltAt = kMemoryAt + 4;
constexpr size_t kPassphraseBytes = kSaltAt + crypto_pwhash_SALTBYTES;
constexpr size_t kIdBytes = 8, kSealedKeyAt = kCommonBytes + kIdBytes;
constexpr size_t kPublicKeyBytes = kSealedKeyAt + crypto_box_SEALBYTES + sizeof(StreamKey);

// Who writes a file says what opening it costs: no more than this.
constexpr uint32_t kMostPasses = 16, kLeastMemory = 8, kMostMemory = 1024 * 1024;

std::string common_header(SealedFor how) {
  std::string header(kMagic);
  header += kVersion;
  header += static_cast<char>(how);
  header.resize(kCommonBytes, '\0');
  return header;
}

void put_number(std::string& header, uint32_t number) {
  for (int shift = 0; shift < 32; shift += 8) header += static_cast<char>(number >> shift);
}

uint32_t number_at(std::string_view file, size_t at) {
  uint32_t number = 0;
  for (int i = 3; i >= 0; --i) number = number << 8 | static_cast<uint8_t>(file[at + static_cast<size_t>(i)]);
  return number;
}

const uint8_t* bytes_at(std::string_view file, size_t at) {
  return reinterpret_cast<const uint8_t*>(file.data()) + at;
}

std::string id_of(const SealKey& public_key) {
  std::array<uint8_t, crypto_generichash_BYTES> sum{};
  crypto_generichash(sum.data(), sum.size(), public_key.data(), public_key.size(), nullptr, 0);
  return {reinterpret_cast<const char*>(sum.data()), kIdBytes};
}

// Without sodium_init() its slowest code would be used.
Result<> derive(StreamKey& key, std::string_view passphrase, std::string_view salt,
                const PassphraseCost& cost) {
  if (sodium_init() < 0) return fail("libsodium finds no random numbers");
  if (crypto_pwhash(key.data(), key.size(), passphrase.data(), passphrase.size(), bytes_at(salt, 0),
                    cost.passes, size_t{cost.kibibytes} * 1024, crypto_pwhash_ALG_ARGON2ID13) == 0)
    return {};
  return fail(
      fmt::format("there is no memory for the passphrase, which takes {} MiB", cost.kibibytes / 1024));
}

std::unexpected<Error> cut_off() { return fail("it is cut off: not even its header is whole"); }

Result<PassphraseCost> cost_of(std::string_view file) {
  const PassphraseCost cost{number_at(file, kPassesAt), number_at(file, kMemoryAt)};
  if (cost.passes >= 1 && cost.passes <= kMostPasses && cost.kibibytes >= kLeastMemory &&
      cost.kibibytes <= kMostMemory)
    return cost;
  return fail("its header asks for more work than any backup does: it was altered");
}

}   // namespace

Result<std::string> seal_with_passphrase(std::string_view content, std::string_view passphrase,
                                         const PassphraseCost& cost) {
  std::string file = common_header(SealedFor::kPassphrase);
  put_number(file, cost.passes);
  put_number(file, cost.kibibytes);
  file.resize(kPassphraseBytes);
  randombytes_buf(file.data() + kSaltAt, crypto_pwhash_SALTBYTES);
  StreamKey key;
  TRY(derive(key, passphrase, std::string_view(file).substr(kSaltAt), cost));
  append_stream(file, content, key);
  return file;
}

Result<std::string> seal_for_key(std::string_view content, const SealKey& public_key) {
  std::string file = common_header(SealedFor::kPublicKey) + id_of(public_key);
  file.resize(kPublicKeyBytes);
  StreamKey key;
  randombytes_buf(key.data(), key.size());
  if (crypto_box_seal(reinterpret_cast<uint8_t*>(file.data()) + kSealedKeyAt, key.data(), key.size(),
                      public_key.data()) != 0)
    return fail("nothing can be sealed for that public key: it is of no use");
  append_stream(file, content, key);
  return file;
}

Result<SealedFor> sealed_for(std::string_view file) {
  if (!file.starts_with(kMagic)) return fail("it is no backup of sluice");
  if (file.size() < kCommonBytes) return cut_off();
  if (file[kVersionAt] != kVersion)
    return fail(fmt::format(
        "it is a backup of format {}, and this release knows format {}: use the release that made it",
        static_cast<uint8_t>(file[kVersionAt]), int{kVersion}));
  for (const auto how : {SealedFor::kPassphrase, SealedFor::kPublicKey})
    if (file[kKindAt] == static_cast<char>(how)) return how;
  return fail("its header says nothing of how it is sealed: it was altered");
}

Result<std::string> open_with_passphrase(std::string_view file, std::string_view passphrase) {
  if (TRY(sealed_for(file)) != SealedFor::kPassphrase)
    return fail("it is sealed for a public key: --key-file names the file with the secret one");
  if (file.size() < kPassphraseBytes) return cut_off();
  const PassphraseCost cost = TRY(cost_of(file));
  StreamKey key;
  TRY(derive(key, passphrase, file.substr(kSaltAt), cost));
  return open_stream(file, kPassphraseBytes, key,
                     "the passphrase is not the one that it was made with, or it was altered");
}

Result<std::string> open_with_key(std::string_view file, const SealKeyPair& keys) {
  if (TRY(sealed_for(file)) != SealedFor::kPublicKey)
    return fail("it is sealed with a passphrase and not for a public key");
  if (file.size() < kPublicKeyBytes) return cut_off();
  StreamKey key;
  const bool is_ours = file.substr(kCommonBytes, kIdBytes) == id_of(keys.public_key);
  if (!is_ours)
    return fail(
        fmt::format("it is sealed for another key than {}, or was altered", public_text(keys.public_key)));
  if (crypto_box_seal_open(key.data(), bytes_at(file, kSealedKeyAt), crypto_box_SEALBYTES + key.size(),
                           keys.public_key.data(), keys.secret_key.data()) != 0)
    return fail("it was altered");
  return open_stream(file, kPublicKeyBytes, key, "it was altered");
}

}   // namespace sluice
