// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/address_values.hpp"

#include <fmt/format.h>

#include "config/complaints.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr uint8_t kBitsBeforeIpv4 = 96;

constexpr std::string_view kMappedRemedy = "write the IPv4 address itself";

bool is_mapped_text(std::string_view text) {
  return text.starts_with("::ffff:") || text.starts_with("::FFFF:");
}

void say_no_address(std::string_view text, const Node& node, std::string_view what, std::string_view remedy,
                    Complaints& complaints) {
  complaints.say(node, fmt::format("{} is not {}", quote(text), what),
                 std::string(is_mapped_text(text) ? kMappedRemedy : remedy));
}

std::string network_of(std::string_view text) {
  return Prefix::of(*InterfaceAddress::parse(text)).to_string();
}

// "192.0.2.9-192.0.2.1": two good addresses in the wrong order.
bool runs_backwards(std::string_view text) {
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) return false;
  return AddressRange::parse(fmt::format("{}-{}", text.substr(dash + 1), text.substr(0, dash))).has_value();
}

void say_no_range(std::string_view text, const Node& node, Complaints& complaints) {
  if (Prefix::has_host_bits(text)) {
    complaints.say(node, fmt::format("{} has host bits set", quote(text)),
                   fmt::format("the network is \"{}\"", network_of(text)));
  } else if (runs_backwards(text)) {
    complaints.say(node, fmt::format("the range {} runs backwards", quote(text)),
                   "the lower address comes first");
  } else {
    say_no_address(text, node, "an address, range or prefix",
                   R"(such as "203.0.113.8", "203.0.113.8-203.0.113.15" or "203.0.113.8/29")", complaints);
  }
}

void complain_about_use(const InterfaceAddress& network, const Node& node, Complaints& complaints) {
  const auto& address = network.address;
  const auto shown = quote(node.text);
  // RFC 3021 and RFC 6164: links of two addresses have no network address.
  const bool has_network = network.length + 1 < address.bits();
  const auto prefix = Prefix::of(network);
  if (address.is_unspecified() || address.is_multicast())
    complaints.say(node, fmt::format("{} cannot be the address of an interface", shown), "a unicast address");
  else if (has_network && prefix.address == address)
    complaints.say(node, fmt::format("{} is the network, not an address in it", shown),
                   fmt::format("such as \"{}/{}\"", address.plus(1).to_string(), network.length));
  else if (has_network && address.is_ipv4() && prefix.last() == address)
    complaints.say(node, fmt::format("{} is the broadcast address of its network", shown),
                   "another address in it");
}

}   // namespace

bool looks_like_address(std::string_view text) {
  if (text.find_first_of(":/") != std::string_view::npos) return true;
  return text.find_first_not_of("0123456789.-") == std::string_view::npos;
}

std::optional<IpAddress> parse_address(std::string_view text, const Node& node, Complaints& complaints) {
  const auto address = IpAddress::parse(text);
  if (!address)
    say_no_address(text, node, "an address", R"(such as "192.0.2.1" or "2001:db8::1")", complaints);
  return address;
}

std::optional<Prefix> parse_prefix(std::string_view text, const Node& node, Complaints& complaints) {
  if (const auto prefix = Prefix::parse(text)) return prefix;
  if (Prefix::has_host_bits(text))
    complaints.say(node, fmt::format("{} has host bits set", quote(text)),
                   fmt::format("the network is \"{}\"", network_of(text)));
  else
    say_no_address(text, node, "an address or prefix",
                   R"(such as "192.0.2.1", "192.0.2.0/24" or "2001:db8::/32")", complaints);
  return std::nullopt;
}

std::optional<Prefix> read_prefix(const Node& node, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  return text ? parse_prefix(*text, node, complaints) : std::nullopt;
}

std::optional<Prefix> read_prefix_of_ipv4(const Node& node, std::string_view remedy, Complaints& complaints) {
  auto prefix = read_prefix(node, complaints);
  if (!prefix || (!prefix->address.is_ipv4() && prefix->length == kBitsBeforeIpv4 &&
                  !prefix->address.is_link_local() && !prefix->address.is_multicast()))
    return prefix;
  complaints.say(node, fmt::format("{} is not a unicast IPv6 prefix of 96 bits", prefix->to_string()),
                 std::string(remedy));
  return std::nullopt;
}

std::optional<AddressRange> read_address_range(const Node& node, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  if (!text) return std::nullopt;
  const auto range = AddressRange::parse(*text);
  if (!range) say_no_range(*text, node, complaints);
  return range;
}

std::optional<InterfaceAddress> read_interface_address(const Node& node, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  if (!text) return std::nullopt;
  const auto address = InterfaceAddress::parse(*text);
  if (!address) {
    const bool bare = IpAddress::parse(*text).has_value();
    say_no_address(
        *text, node,
        bare ? "complete: the length of its network is missing" : "an address with the length of its network",
        R"(such as "192.168.10.1/24")", complaints);
    return std::nullopt;
  }
  complain_about_use(*address, node, complaints);
  return address;
}

}   // namespace sluice::config
