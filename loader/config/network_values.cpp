// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/network_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/https_url.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"
#include "config/address_values.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr uint8_t kShortestSubnet = 8;

bool can_be_an_endpoint(const IpAddress& address) {
  return !address.is_unspecified() && !address.is_multicast() && !address.is_loopback();
}

}   // namespace

std::optional<IpAddress> read_address_of(const Node& node, Family family, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  const auto address = text ? parse_address(*text, node, complaints) : std::nullopt;
  if (!address) return std::nullopt;
  if (address->family() == family && can_be_an_endpoint(*address)) return address;
  complaints.say(node, fmt::format("{} is not a unicast {} address", quote(*text), to_string(family)),
                 family == Family::kIpv4 ? R"(such as "10.100.0.2")" : R"(such as "fd00:100::2")");
  return std::nullopt;
}

std::optional<Prefix> read_subnet(const Node& node, Family family, Complaints& complaints) {
  const auto prefix = read_prefix(node, complaints);
  if (!prefix) return std::nullopt;
  const auto text = quote(node.text);
  if (prefix->address.family() != family)
    complaints.say(node, fmt::format("{} is not an {} prefix", text, to_string(family)),
                   family == Family::kIpv4 ? R"(such as "10.100.0.0/24")" : R"(such as "fd00:100::/64")");
  else if (prefix->length < kShortestSubnet)
    complaints.say(node, fmt::format("{} is too much of the address space", text),
                   fmt::format("/{} or longer", kShortestSubnet));
  else if (prefix->length == prefix->address.bits())
    complaints.say(node, fmt::format("{} has no address for an endpoint", text),
                   fmt::format("/{} or shorter", prefix->length - 1));
  else
    return prefix;
  return std::nullopt;
}

std::optional<Endpoint> read_dial(const Node& node, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  if (!text) return std::nullopt;
  const auto endpoint = parse_endpoint(*text);
  if (endpoint && endpoint->port != 0 && can_be_an_endpoint(endpoint->address)) return endpoint;
  complaints.say(node, fmt::format("{} is not an address with a port", quote(*text)),
                 R"(such as "198.51.100.7:51820" or "[2001:db8::7]:51820")");
  return std::nullopt;
}

namespace {

constexpr size_t kLongestHost = 253, kLongestLabel = 63;   // RFC 1035 section 2.3.4

bool is_label(std::string_view label) {
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !label.empty() && label.size() <= kLongestLabel && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, is_good);
}

// RFC 1123 section 2.1: the last label has a letter, so that no name looks like an address.
bool is_host_name(std::string_view text) {
  const auto labels = split(text, '.');
  return text.size() <= kLongestHost && std::ranges::all_of(labels, is_label) &&
         labels.back().find_first_not_of("0123456789") != std::string_view::npos;
}

// Without its port; IPv6 in brackets.
bool is_dialled_host(std::string_view host) {
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const auto address = IpAddress::parse(bracketed ? host.substr(1, host.size() - 2) : host);
  if (address) return address->is_ipv4() != bracketed && can_be_an_endpoint(*address);
  return !bracketed && is_host_name(host);
}

bool is_one_port(std::string_view text) {
  const auto range = PortRange::parse(text);
  return range && range->size() == 1 && !text.contains('-');
}

bool is_dialled(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.ends_with(']')) return is_dialled_host(text);
  return is_dialled_host(text.substr(0, colon)) && is_one_port(text.substr(colon + 1));
}

}   // namespace

std::optional<std::string> read_dialled(const Node& node, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  if (!text) return std::nullopt;
  if (is_dialled(*text)) return std::string(*text);
  const bool bare = IpAddress::parse(*text).has_value() && text->contains(':');
  complaints.say(node, fmt::format("{} is nothing that can be dialled", quote(*text)),
                 bare ? fmt::format("write \"[{}]\"", *text)
                      : R"(such as "vpn.example.org:51820", "203.0.113.1" or "[2001:db8::1]:51820")");
  return std::nullopt;
}

std::optional<std::string> read_host_name(const Node& node, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  if (!text) return std::nullopt;
  if (!is_host_name(*text)) {
    complaints.say(node, fmt::format("{} is not the name of a host", quote(*text)),
                   R"(a name without a port, such as "www.example.org")");
    return std::nullopt;
  }
  return host_in_small_letters(*text);
}

std::string host_in_small_letters(std::string_view text) {
  std::string name(text);
  std::ranges::transform(name, name.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return name;
}

std::string read_https_url(const Node& node, std::string_view what, std::string_view example,
                           Complaints& complaints) {
  const auto text = read_string(node, complaints);
  if (!text) return {};
  if (parse_https_url(*text)) return std::string(*text);
  complaints.say(node, fmt::format("{} is not {}", quote(*text), what), std::string(example));
  return {};
}

std::optional<WireguardKey> read_public_key(const Node& node, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  if (!text) return std::nullopt;
  const auto key = parse_key(*text);
  if (!key)
    complaints.say(node, fmt::format("{} is not a public key", quote(*text)),
                   "44 characters of base64, as `wg pubkey` prints them");
  return key;
}

std::string read_key_file(const Node& node, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  if (!text) return {};
  const auto parts = split(*text, '/');
  if (text->empty() || text->ends_with('/'))
    complaints.say(node, fmt::format("{} is not the name of a file", quote(*text)));
  else if (!text->starts_with('/') && std::ranges::find(parts, "..") != parts.end())
    complaints.say(node, fmt::format("{} leads out of the folder of keys", quote(*text)),
                   "a file below it, or an absolute name");
  else
    return std::string(*text);
  return {};
}

std::optional<std::chrono::sys_seconds> read_time(const Node& node, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  if (!text) return std::nullopt;
  const auto time = parse_rfc3339(*text);
  if (!time)
    complaints.say(node, fmt::format("{} is not a time", quote(*text)),
                   R"(such as "2030-01-01T00:00:00Z" or "2030-01-01T01:00:00+01:00")");
  return time;
}

// RFC 4893, 7300, 7607: 0, AS_TRANS and the last numbers are nobody's.
std::optional<uint32_t> read_asn(const Node& node, Complaints& complaints) {
  constexpr uint32_t kTrans = 23'456, kLastOfTwoBytes = 65'535, kLast = 4'294'967'294;
  const auto asn = read_count(node, 1, kLast, complaints);
  if (asn != kTrans && asn != kLastOfTwoBytes) return asn;
  complaints.say(node, fmt::format("AS {} is reserved", *asn), "such as 65001");
  return std::nullopt;
}

}   // namespace sluice::config
