// SPDX-License-Identifier: GPL-2.0-or-later
#include "seal/stream.hpp"

#include <algorithm>

namespace sluice {
namespace {

constexpr size_t kPiece = size_t{64} * 1024, kMore = crypto_secretstream_xchacha20poly1305_ABYTES;
constexpr size_t kHeader = crypto_secretstream_xchacha20poly1305_HEADERBYTES;
constexpr uint8_t kLast = crypto_secretstream_xchacha20poly1305_TAG_FINAL;

// Holds what is made of the key; wiped as that is.
struct StreamState : crypto_secretstream_xchacha20poly1305_state {
  StreamState() = default;
  StreamState(const StreamState&) = delete;
  StreamState& operator=(const StreamState&) = delete;
  ~StreamState() { sodium_memzero(this, sizeof(*this)); }
};

uint8_t* bytes(std::string& text) { return reinterpret_cast<uint8_t*>(text.data()); }
const uint8_t* bytes(std::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

}   // namespace

void append_stream(std::string& file, std::string_view content, const StreamKey& key) {
  const std::string before = file;
  StreamState state;
  file.resize(before.size() + kHeader);
  crypto_secretstream_xchacha20poly1305_init_push(&state, bytes(file) + before.size(), key.data());
  file.reserve(file.size() + content.size() + (content.size() / kPiece + 1) * kMore);
  bool more = true;
  while (more) {
    const std::string_view piece = content.substr(0, kPiece);
    content.remove_prefix(piece.size());
    more = !content.empty();
    const size_t at = file.size();
    file.resize(at + piece.size() + kMore);
    crypto_secretstream_xchacha20poly1305_push(&state, bytes(file) + at, nullptr, bytes(piece), piece.size(),
                                               bytes(before), before.size(), more ? 0 : kLast);
  }
}

Result<std::string> open_stream(std::string_view file, size_t at, const StreamKey& key,
                                std::string_view wrong_key) {
  const std::string_view before = file.substr(0, at);
  std::string_view rest = file.substr(at);
  StreamState state;
  if (rest.size() < kHeader ||
      crypto_secretstream_xchacha20poly1305_init_pull(&state, bytes(rest), key.data()) != 0)
    return fail("it is cut off: not even its header is whole");
  rest.remove_prefix(kHeader);
  std::string content;
  content.reserve(rest.size());
  uint8_t tag = 0;
  while (tag != kLast) {
    const std::string_view piece = rest.substr(0, kPiece + kMore);
    rest.remove_prefix(piece.size());
    if (piece.size() < kMore) return fail("it is cut off");
    const size_t had = content.size();
    content.resize(had + piece.size() - kMore);
    if (crypto_secretstream_xchacha20poly1305_pull(&state, bytes(content) + had, nullptr, &tag, bytes(piece),
                                                   piece.size(), bytes(before), before.size()) != 0)
      return fail(had ? "it was altered or cut off" : std::string(wrong_key));
  }
  if (!rest.empty()) return fail("something was put behind its end");
  return content;
}

}   // namespace sluice
