// SPDX-License-Identifier: GPL-2.0-or-later
// "https://host.example:8443/path?query" (RFC 9110 section 4.2.2), without a user and a fragment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

struct HttpsUrl {
  std::string host;   // an IPv6 address without its brackets
  uint16_t port = 443;
  std::string target;   // path and query; "/" at least
  bool operator==(const HttpsUrl&) const = default;
};

// Nothing: it is none, or has letters that are to be escaped in one.
std::optional<HttpsUrl> parse_https_url(std::string_view text);

}   // namespace sluice
