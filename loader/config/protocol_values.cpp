// SPDX-License-Identifier: GPL-2.0-or-later
// Protocols and ports.
#include <fmt/format.h>

#include <algorithm>

#include "base/protocol.hpp"
#include "base/text.hpp"
#include "config/complaints.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr auto kPortRemedy = R"(1 to 65535, or a range such as "8000-8010")";

std::optional<uint8_t> read_protocol_number(const Node& node, Complaints& complaints) {
  const auto number = parse_protocol(node.text);
  if (!number) complaints.say(node, fmt::format("{} is not a protocol number", node.text), "0 to 255");
  return number;
}

// "8010-8000": two good ports in the wrong order.
std::optional<std::string> turned_around(std::string_view text) {
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto turned = fmt::format("{}-{}", text.substr(dash + 1), text.substr(0, dash));
  return PortRange::parse(turned) ? std::optional(turned) : std::nullopt;
}

void complain_about_overlap(std::vector<PortRange> ports, const Node& node, Complaints& complaints) {
  std::sort(ports.begin(), ports.end());
  for (size_t i = 1; i < ports.size(); ++i)
    if (ports[i - 1].overlaps(ports[i]))
      return complaints.say(node, fmt::format("port {} is listed twice", ports[i].first),
                            "list each port once");
}

}   // namespace

std::optional<uint8_t> read_protocol(const Node& node, Complaints& complaints) {
  if (node.kind == Kind::kNumber) return read_protocol_number(node, complaints);
  const auto names = protocol_names();
  const auto word = read_word(node, names, complaints);
  return word ? parse_protocol(names[*word]) : std::nullopt;
}

std::vector<uint8_t> read_protocols(const Node& node, Complaints& complaints) {
  std::vector<uint8_t> protocols;
  for (const Node* item : read_one_or_list(node, complaints)) {
    const auto protocol = read_protocol(*item, complaints);
    if (!protocol) continue;
    if (std::find(protocols.begin(), protocols.end(), *protocol) == protocols.end())
      protocols.push_back(*protocol);
  }
  return protocols;
}

std::optional<PortRange> parse_ports(std::string_view text, const Node& node, Complaints& complaints) {
  if (const auto range = PortRange::parse(text)) return range;
  if (const auto turned = turned_around(text)) {
    complaints.say(node, fmt::format("the range {} runs backwards", quote(text)),
                   fmt::format("write \"{}\"", *turned));
  } else {
    const bool range = text.find('-', 1) != std::string_view::npos;
    complaints.say(node, fmt::format("{} is not a {}", quote(text), range ? "range of ports" : "port"),
                   kPortRemedy);
  }
  return std::nullopt;
}

std::optional<PortRange> read_port_range(const Node& node, Complaints& complaints) {
  if (node.kind == Kind::kNumber) {
    const auto range = PortRange::parse(node.text);
    if (!range) complaints.say(node, fmt::format("{} is not a port", node.text), kPortRemedy);
    return range;
  }
  const auto text = read_string(node, complaints);
  return text ? parse_ports(*text, node, complaints) : std::nullopt;
}

std::vector<PortRange> read_ports(const Node& node, Complaints& complaints) {
  std::vector<PortRange> ports;
  for (const Node* item : read_one_or_list(node, complaints))
    if (const auto range = read_port_range(*item, complaints)) ports.push_back(*range);
  if (ports.size() > 1) complain_about_overlap(ports, node, complaints);
  return ports;
}

}   // namespace sluice::config
