// SPDX-License-Identifier: GPL-2.0-or-later
// Certificates and keys as files, and what a client is served.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace sluice {

struct Certificate {
  std::string pem;                  // chain and key, as HAProxy reads them
  std::string source;               // the file of the chain, as the document names it
  std::string fingerprint;          // SHA-256 of the first one of the chain, in hexadecimal digits
  std::vector<std::string> names;   // of DNS, in small letters
  std::chrono::system_clock::time_point begins, ends;
};

// Failure: they are none, or the key is not that of the certificate.
Result<Certificate> read_certificate(std::string_view chain, std::string_view key);
// Public keys for tokens.
Result<> check_public_key(std::string_view pem, bool elliptic);

// The fingerprint of what a client is served that asks for this name over a Unix socket. Failure also: none
// is.
Result<std::string> served_certificate(const std::filesystem::path& socket, const std::string& name,
                                       std::chrono::milliseconds patience);

}   // namespace sluice
