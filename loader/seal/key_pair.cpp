// SPDX-License-Identifier: GPL-2.0-or-later
#include "seal/key_pair.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <span>

#include "base/text.hpp"

namespace sluice {
namespace {

constexpr std::string_view kPublic = "sluice-backup-key:", kSecret = "sluice-backup-secret:";
constexpr size_t kSumBytes = 4;
constexpr int kSpelling = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

using SummedKey = std::array<uint8_t, sizeof(SealKey) + kSumBytes>;

// Of the prefix too: the one kind is not taken for the other.
SummedKey with_sum(std::string_view prefix, const SealKey& key) {
  std::array<uint8_t, crypto_generichash_BYTES> sum{};
  crypto_generichash(sum.data(), sum.size(), key.data(), key.size(),
                     reinterpret_cast<const uint8_t*>(prefix.data()), prefix.size());
  SummedKey checked{};
  std::ranges::copy(key, checked.begin());
  std::ranges::copy(std::span(sum).first(kSumBytes), checked.begin() + sizeof(SealKey));
  return checked;
}

std::string spell(std::string_view prefix, const SealKey& key) {
  const SummedKey checked = with_sum(prefix, key);
  std::string text(sodium_base64_ENCODED_LEN(sizeof(checked), kSpelling), '\0');
  sodium_bin2base64(text.data(), text.size(), checked.data(), checked.size(), kSpelling);
  text.pop_back();   // its zero
  return std::string(prefix) + text;
}

Result<SealKey> parse(std::string_view prefix, std::string_view what, std::string_view text) {
  const std::string_view word = trimmed(text);
  const auto no_key =
      fail(fmt::format("that is no {}, which is \"{}\" and 48 characters", what, prefix), ErrorKind::kUsage);
  if (!word.starts_with(prefix)) return no_key;
  const std::string_view spelled = word.substr(prefix.size());
  SummedKey checked{};
  size_t bytes = 0;
  if (sodium_base642bin(checked.data(), checked.size(), spelled.data(), spelled.size(), nullptr, &bytes,
                        nullptr, kSpelling) != 0 ||
      bytes != checked.size())
    return no_key;
  SealKey key{};
  std::copy_n(checked.begin(), key.size(), key.begin());
  if (with_sum(prefix, key) != checked)
    return fail(fmt::format("a character of that {} is wrong: its checksum does not fit", what),
                ErrorKind::kUsage);
  return key;
}

}   // namespace

SealKeyPair make_seal_keys() {
  SealKeyPair keys;
  crypto_box_keypair(keys.public_key.data(), keys.secret_key.data());
  return keys;
}

std::string public_text(const SealKey& public_key) { return spell(kPublic, public_key); }
std::string secret_text(const SealKeyPair& keys) { return spell(kSecret, keys.secret_key); }

Result<SealKey> parse_public(std::string_view text) { return parse(kPublic, "public key of backups", text); }

Result<SealKeyPair> parse_secret(std::string_view text) {
  SealKeyPair keys;
  keys.secret_key = TRY(parse(kSecret, "secret key of backups", text));
  crypto_scalarmult_base(keys.public_key.data(), keys.secret_key.data());
  return keys;
}

}   // namespace sluice
