// SPDX-License-Identifier: GPL-2.0-or-later
// What goes over one connection between two gateways that have one key. Each says 12 bytes of a label and 32
// random ones; of both and of the key come two others, one for each direction, so that what somebody has
// recorded makes no sense on another connection, nor in the other direction. Each direction is then a stream
// of libsodium (XChaCha20-Poly1305): 24 bytes of its header, then messages, each behind its length in four
// bytes, big-endian. None can be altered, left out, doubled or put elsewhere without being noticed. Pure.
#pragma once

#include <sodium.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sync/wire.hpp"

namespace sluice {

enum class SyncSide : uint8_t { kDialler, kListener };

inline constexpr size_t kLongestSyncMessage = size_t{64} << 10;

class SyncChannel {
 public:
  SyncChannel(SyncSide side, const SyncKey& key);
  ~SyncChannel();
  SyncChannel(const SyncChannel&) = delete;
  SyncChannel& operator=(const SyncChannel&) = delete;

  // What is sent first, of both sides. A listener may wait with it until can_seal().
  std::string open() const;

  // Bytes as they came, however they are cut: the messages that are complete now, in their order. What a
  // message says was said by somebody who has the key. Failure: there is nothing more to be had of it.
  Result<std::vector<std::string>> take(std::string_view bytes);

  // The other side's random bytes are there.
  bool can_seal() const { return stage_ >= Stage::kHeader; }
  // One message, at most kLongestSyncMessage bytes, as it is sent; the first with the header before it.
  std::string seal(std::string_view text);

  // The other side has the key: a message of it has been read.
  bool is_open() const { return is_open_; }

 private:
  enum class Stage : uint8_t { kFailed, kHello, kHeader, kMessages };
  using Random = std::array<uint8_t, 32>;

  Result<bool> take_next(std::vector<std::string>& messages);
  void take_hello(std::string_view hello);
  Result<> take_header(std::string_view header);
  Result<bool> take_message(std::vector<std::string>& messages);
  SyncKey key_from(SyncSide speaker, const Random& theirs) const;

  const SyncSide side_;
  SyncKey key_, key_of_other_{}, key_of_own_{};
  Random own_;
  Stage stage_ = Stage::kHello;
  bool has_sealed_ = false, is_open_ = false;
  std::string input_;   // what is not complete yet
  size_t taken_ = 0;    // of it
  crypto_secretstream_xchacha20poly1305_state sealing_{}, opening_{};
};

}   // namespace sluice
