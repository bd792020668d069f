// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay/relay_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/number.hpp"

namespace sluice {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view kRelayFileKeys[] = {"version", "client",        "public_key", "endpoints",
                                               "address", "relay_address", "address6",   "relay_address6",
                                               "port",    "to_port",       "mtu",        "tcp"};
constexpr uint32_t kRelayFileVersion = 1;
constexpr size_t kMostEndpoints = 8;
constexpr uint32_t kLeastMtu = 1280, kMostMtu = 65'455;   // RFC 8200 section 5

std::unexpected<Error> wrong(std::string_view key, std::string_view what) {
  return fail(fmt::format("\"{}\" is not {}", key, what), ErrorKind::kInvalidDocument);
}

Result<std::string> text_of(const ordered_json& file, const char* key, std::string_view what) {
  const auto at = file.find(key);
  if (at == file.end() || !at->is_string()) return wrong(key, what);
  return at->get<std::string>();
}

Result<uint32_t> number_of(const ordered_json& file, const char* key, uint32_t least, uint32_t most) {
  const auto at = file.find(key);
  if (at != file.end() && at->is_number_unsigned())
    if (const auto number = at->get<uint64_t>(); number >= least && number <= most)
      return static_cast<uint32_t>(number);
  return wrong(key, fmt::format("a whole number from {} to {}", least, most));
}

Result<std::optional<IpAddress>> address_of(const ordered_json& file, const char* key, Family family) {
  if (!file.contains(key)) return std::nullopt;
  const std::string what =
      fmt::format("an {} address of a tunnel", family == Family::kIpv4 ? "IPv4" : "IPv6");
  const auto address = IpAddress::parse(TRY(text_of(file, key, what)));
  if (!address || address->family() != family || address->is_unspecified() || address->is_loopback() ||
      address->is_multicast() || address->is_link_local())
    return wrong(key, what);
  return address;
}

Result<std::vector<Endpoint>> endpoints_of(const ordered_json& file) {
  constexpr std::string_view kWhat = R"(a list of addresses with ports, such as "203.0.113.1:51830")";
  const auto at = file.find("endpoints");
  if (at == file.end() || !at->is_array() || at->empty() || at->size() > kMostEndpoints)
    return wrong("endpoints", kWhat);
  std::vector<Endpoint> endpoints;
  for (const ordered_json& item : *at) {
    const auto endpoint =
        item.is_string() ? parse_endpoint(item.get_ref<const std::string&>()) : std::nullopt;
    if (!endpoint || endpoint->port == 0) return wrong("endpoints", kWhat);
    endpoints.push_back(*endpoint);
  }
  return endpoints;
}

Result<> read_addresses(const ordered_json& file, RelayFile& read) {
  read.address = TRY(address_of(file, "address", Family::kIpv4));
  read.relay_address = TRY(address_of(file, "relay_address", Family::kIpv4));
  read.address6 = TRY(address_of(file, "address6", Family::kIpv6));
  read.relay_address6 = TRY(address_of(file, "relay_address6", Family::kIpv6));
  const bool is_whole = read.address.has_value() == read.relay_address.has_value() &&
                        read.address6.has_value() == read.relay_address6.has_value();
  if (!is_whole || (!read.address && !read.address6))
    return fail("\"address\" and \"relay_address\", or \"address6\" and \"relay_address6\", belong together",
                ErrorKind::kInvalidDocument);
  if ((read.address && read.address == read.relay_address) ||
      (read.address6 && read.address6 == read.relay_address6))
    return fail("the client and the relay have the same address", ErrorKind::kInvalidDocument);
  return {};
}

Result<> expect_known_keys(const ordered_json& file) {
  for (const auto& [key, value] : file.items())
    if (std::ranges::find(kRelayFileKeys, key) == std::end(kRelayFileKeys))
      return fail(fmt::format("it has another key than those of `sluice relay config`"),
                  ErrorKind::kInvalidDocument);
  return {};
}

}   // namespace

std::string to_text(const RelayFile& file) {
  ordered_json text = {{"version", kRelayFileVersion},
                       {"client", file.client},
                       {"public_key", to_string(file.public_key)},
                       {"endpoints", ordered_json::array()}};
  for (const Endpoint& endpoint : file.endpoints) text["endpoints"].push_back(to_string(endpoint));
  const auto put = [&](const char* key, const std::optional<IpAddress>& address) {
    if (address) text[key] = address->to_string();
  };
  put("address", file.address);
  put("relay_address", file.relay_address);
  put("address6", file.address6);
  put("relay_address6", file.relay_address6);
  text["port"] = file.port;
  text["to_port"] = file.to_port;
  text["mtu"] = file.mtu;
  if (file.tcp) text["tcp"] = *file.tcp;
  return text.dump(2) + "\n";
}

Result<RelayFile> parse_relay_file(std::string_view text) {
  if (text.size() > kMostRelayFileBytes)
    return fail(fmt::format("it is longer than {} bytes", kMostRelayFileBytes), ErrorKind::kInvalidDocument);
  const ordered_json file =
      ordered_json::parse(text, nullptr, /*allow_exceptions=*/false, /*ignore_comments=*/true);
  if (!file.is_object()) return fail("it is not a JSON object", ErrorKind::kInvalidDocument);
  TRY(expect_known_keys(file));
  TRY(number_of(file, "version", kRelayFileVersion, kRelayFileVersion));
  RelayFile read;
  read.client = TRY(text_of(file, "client", "a name"));
  const auto key = parse_key(TRY(text_of(file, "public_key", "a WireGuard key")));
  if (!key) return wrong("public_key", "a WireGuard key");
  read.public_key = *key;
  read.endpoints = TRY(endpoints_of(file));
  TRY(read_addresses(file, read));
  read.port = static_cast<uint16_t>(TRY(number_of(file, "port", 1, UINT16_MAX)));
  read.to_port = static_cast<uint16_t>(TRY(number_of(file, "to_port", 1, UINT16_MAX)));
  read.mtu = TRY(number_of(file, "mtu", kLeastMtu, kMostMtu));
  if (file.contains("tcp")) read.tcp = static_cast<uint16_t>(TRY(number_of(file, "tcp", 1, UINT16_MAX)));
  return read;
}

}   // namespace sluice
