// SPDX-License-Identifier: GPL-2.0-or-later
// The encrypted part of a sealed file (sealed_file.hpp).
#pragma once

#include <sodium.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sluice {

// Wiped when it dies.
struct StreamKey : std::array<uint8_t, crypto_secretstream_xchacha20poly1305_KEYBYTES> {
  StreamKey() { fill(0); }
  StreamKey(const StreamKey&) = delete;
  StreamKey& operator=(const StreamKey&) = delete;
  ~StreamKey() { sodium_memzero(data(), size()); }
};

// What is in `file` already is additional data of the stream that is put behind it.
void append_stream(std::string& file, std::string_view content, const StreamKey& key);

// The stream begins at `at`. `wrong_key`: what is said where its first piece does not open.
Result<std::string> open_stream(std::string_view file, size_t at, const StreamKey& key,
                                std::string_view wrong_key);

}   // namespace sluice
