// SPDX-License-Identifier: GPL-2.0-or-later
#include "sync/channel.hpp"

#include <utility>

namespace sluice {
namespace {

constexpr std::string_view kSyncLabel = "sluice-sync1";
constexpr size_t kSyncHello = kSyncLabel.size() + 32;
constexpr size_t kSyncHeader = crypto_secretstream_xchacha20poly1305_HEADERBYTES;
constexpr size_t kSyncOverhead = crypto_secretstream_xchacha20poly1305_ABYTES;
constexpr size_t kSyncLength = 4;
constexpr const char* kOtherKey = "it has another key, or what it said was altered";

const uint8_t* as_bytes(std::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }
uint8_t* as_bytes(std::string& text) { return reinterpret_cast<uint8_t*>(text.data()); }

size_t length_in(std::string_view bytes) {
  size_t length = 0;
  for (size_t at = 0; at < kSyncLength; ++at) length = length << 8 | static_cast<uint8_t>(bytes[at]);
  return length;
}

void append_length(std::string& to, size_t length) {
  for (int shift = 24; shift >= 0; shift -= 8) to += static_cast<char>(length >> shift & 0xff);
}

}   // namespace

SyncChannel::SyncChannel(SyncSide side, const SyncKey& key) : side_(side), key_(key) {
  randombytes_buf(own_.data(), own_.size());
}

SyncChannel::~SyncChannel() {
  for (SyncKey* key : {&key_, &key_of_other_, &key_of_own_}) sodium_memzero(key->data(), key->size());
  sodium_memzero(&sealing_, sizeof(sealing_));
  sodium_memzero(&opening_, sizeof(opening_));
}

std::string SyncChannel::open() const {
  return std::string(kSyncLabel).append(reinterpret_cast<const char*>(own_.data()), own_.size());
}

Result<std::vector<std::string>> SyncChannel::take(std::string_view bytes) {
  if (stage_ == Stage::kFailed) return fail("it has failed before");
  input_ += bytes;
  std::vector<std::string> messages;
  auto more = take_next(messages);
  while (more && *more) more = take_next(messages);
  input_.erase(0, std::exchange(taken_, 0));
  if (more) return messages;
  stage_ = Stage::kFailed;
  return std::unexpected(more.error());
}

// False: what comes next is not complete.
Result<bool> SyncChannel::take_next(std::vector<std::string>& messages) {
  if (stage_ == Stage::kMessages) return take_message(messages);
  const std::string_view rest = std::string_view(input_).substr(taken_);
  const bool is_hello = stage_ == Stage::kHello;
  // A stranger who speaks something else is known by its first bytes.
  if (is_hello && !rest.substr(0, kSyncLabel.size()).starts_with(kSyncLabel.substr(0, rest.size())))
    return fail("it does not speak what gateways speak");
  const size_t wanted = is_hello ? kSyncHello : kSyncHeader;
  if (rest.size() < wanted) return false;
  if (is_hello)
    take_hello(rest.substr(0, wanted));
  else
    TRY(take_header(rest.substr(0, wanted)));
  taken_ += wanted;
  return true;
}

void SyncChannel::take_hello(std::string_view hello) {
  Random theirs{};
  hello.substr(kSyncLabel.size()).copy(reinterpret_cast<char*>(theirs.data()), theirs.size());
  const SyncSide other = side_ == SyncSide::kDialler ? SyncSide::kListener : SyncSide::kDialler;
  key_of_own_ = key_from(side_, theirs);
  key_of_other_ = key_from(other, theirs);
  sodium_memzero(key_.data(), key_.size());   // it has done what it is for
  stage_ = Stage::kHeader;
}

// Keyed BLAKE2b of the label, of who speaks, and of what both chose, the dialler's first.
SyncKey SyncChannel::key_from(SyncSide speaker, const Random& theirs) const {
  const bool dials = side_ == SyncSide::kDialler;
  const uint8_t direction = speaker == SyncSide::kDialler ? 'd' : 'l';
  crypto_generichash_state state;
  SyncKey key{};
  crypto_generichash_init(&state, key_.data(), key_.size(), key.size());
  crypto_generichash_update(&state, as_bytes(kSyncLabel), kSyncLabel.size());
  crypto_generichash_update(&state, &direction, 1);
  for (const Random* random : {dials ? &own_ : &theirs, dials ? &theirs : &own_})
    crypto_generichash_update(&state, random->data(), random->size());
  crypto_generichash_final(&state, key.data(), key.size());
  sodium_memzero(&state, sizeof(state));
  return key;
}

Result<> SyncChannel::take_header(std::string_view header) {
  if (crypto_secretstream_xchacha20poly1305_init_pull(&opening_, as_bytes(header), key_of_other_.data()) != 0)
    return fail(kOtherKey);
  sodium_memzero(key_of_other_.data(), key_of_other_.size());
  stage_ = Stage::kMessages;
  return {};
}

Result<bool> SyncChannel::take_message(std::vector<std::string>& messages) {
  const std::string_view rest = std::string_view(input_).substr(taken_);
  if (rest.size() < kSyncLength) return false;
  const size_t length = length_in(rest);
  if (length < kSyncOverhead || length > kLongestSyncMessage + kSyncOverhead)
    return fail("a message of it has a length that none has");
  if (rest.size() < kSyncLength + length) return false;
  std::string message(length - kSyncOverhead, '\0');
  uint8_t tag = 0;
  if (crypto_secretstream_xchacha20poly1305_pull(&opening_, as_bytes(message), nullptr, &tag,
                                                 as_bytes(rest.substr(kSyncLength)), length, nullptr, 0) != 0)
    return fail(is_open_ ? "a message of it was altered, left out or put elsewhere" : kOtherKey);
  if (tag != crypto_secretstream_xchacha20poly1305_TAG_MESSAGE)
    return fail("a message of it is of another kind");
  taken_ += kSyncLength + length;
  is_open_ = true;
  messages.push_back(std::move(message));
  return true;
}

std::string SyncChannel::seal(std::string_view text) {
  std::string sealed;
  sealed.reserve(kSyncHeader + kSyncLength + text.size() + kSyncOverhead);
  if (!std::exchange(has_sealed_, true)) {
    sealed.resize(kSyncHeader);
    crypto_secretstream_xchacha20poly1305_init_push(&sealing_, as_bytes(sealed), key_of_own_.data());
    sodium_memzero(key_of_own_.data(), key_of_own_.size());
  }
  append_length(sealed, text.size() + kSyncOverhead);
  const size_t at = sealed.size();
  sealed.resize(at + text.size() + kSyncOverhead);
  crypto_secretstream_xchacha20poly1305_push(&sealing_, as_bytes(sealed) + at, nullptr, as_bytes(text),
                                             text.size(), nullptr, 0,
                                             crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
  return sealed;
}

}   // namespace sluice
