// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/https_url.hpp"

#include <algorithm>

#include "base/number.hpp"

namespace sluice {
namespace {

constexpr std::string_view kHttpsScheme = "https://";
constexpr size_t kLongestUrl = 512;

// Some of these become words of command lines.
bool is_url_letter(char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '\'' && c != '#'; }

bool is_host_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

bool is_ipv6_letter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
}

// The host; `rest` is what follows it.
std::optional<std::string_view> take_host(std::string_view& rest) {
  if (!rest.starts_with('[')) {
    const size_t end = std::min(rest.find(':'), rest.size());
    const std::string_view host = rest.substr(0, end);
    rest.remove_prefix(end);
    return std::ranges::all_of(host, is_host_letter) ? std::optional(host) : std::nullopt;
  }
  const size_t end = rest.find(']');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view host = rest.substr(1, end - 1);
  rest.remove_prefix(end + 1);
  return std::ranges::all_of(host, is_ipv6_letter) ? std::optional(host) : std::nullopt;
}

}   // namespace

std::optional<HttpsUrl> parse_https_url(std::string_view text) {
  if (!text.starts_with(kHttpsScheme) || text.size() > kLongestUrl ||
      !std::ranges::all_of(text, is_url_letter))
    return std::nullopt;
  text.remove_prefix(kHttpsScheme.size());
  const size_t end = std::min(text.find_first_of("/?"), text.size());
  std::string_view place = text.substr(0, end);
  HttpsUrl url;
  url.target = text.substr(end);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  const auto host = take_host(place);
  if (!host || host->empty()) return std::nullopt;
  url.host = *host;
  if (place.empty()) return url;
  const auto port = place.starts_with(':') ? whole_number<uint16_t>(place.substr(1)) : std::nullopt;
  if (!port || *port == 0) return std::nullopt;
  url.port = *port;
  return url;
}

}   // namespace sluice
