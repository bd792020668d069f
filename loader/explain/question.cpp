// SPDX-License-Identifier: GPL-2.0-or-later
#include "explain/question.hpp"

#include <fmt/format.h>
#include <netinet/in.h>

#include <optional>

#include "base/number.hpp"
#include "base/protocol.hpp"
#include "base/text.hpp"
#include "model/endpoints.hpp"

namespace sluice {
namespace {

std::unexpected<Error> refuse(std::string sentence) { return fail(std::move(sentence), ErrorKind::kUsage); }

Result<> check_interface(const std::string& in, const Document& document) {
  std::vector<std::string> names;
  for (const Interface& interface : document.interfaces) {
    if (interface.name == in) return {};
    names.push_back(interface.name);
  }
  const auto meant = did_you_mean(in, names);
  return refuse(fmt::format(
      "the document has no interface \"{}\"; {}", in,
      meant ? fmt::format("did you mean {}?", *meant) : fmt::format("it has {}", join(names, ", "))));
}

Result<uint8_t> protocol_of(const std::string& text) {
  if (const auto protocol = parse_protocol(text)) return *protocol;
  return refuse(fmt::format("\"{}\" is no protocol; {} or a number up to 255", text,
                            fmt::join(protocol_names(), ", ")));
}

Result<Endpoint> with_port(std::string_view what, const std::string& text, uint8_t protocol) {
  const auto endpoint = parse_endpoint(text);
  if (!endpoint)
    return refuse(fmt::format("the {} \"{}\" is no ADDRESS:PORT, which {} needs; [ADDRESS]:PORT for IPv6",
                              what, text, protocol_name(protocol)));
  if (endpoint->port == 0)
    return refuse(fmt::format("the {} \"{}\" has port 0, which nobody has", what, text));
  return *endpoint;
}

Result<Endpoint> without_port(std::string_view what, const std::string& text, uint8_t protocol) {
  if (const auto address = IpAddress::parse(text)) return Endpoint{*address, 0};
  if (parse_endpoint(text))
    return refuse(
        fmt::format("the {} \"{}\" has a port, and {} has none", what, text, protocol_name(protocol)));
  return refuse(fmt::format("the {} \"{}\" is no address", what, text));
}

Result<Endpoint> endpoint_of(std::string_view what, const std::string& text, uint8_t protocol) {
  return has_ports(protocol) ? with_port(what, text, protocol) : without_port(what, text, protocol);
}

// "home/phone:443" as the name and the port, which may be missing.
struct Called {
  std::string name;
  std::optional<uint16_t> port;
};

// No address has a slash.
std::optional<Called> parse_called(const std::string& text) {
  if (text.find('/') == std::string::npos) return std::nullopt;
  const size_t colon = std::min(text.rfind(':'), text.size());
  Called called{text.substr(0, colon), std::nullopt};
  if (colon < text.size()) called.port = whole_number<uint16_t>(text.substr(colon + 1)).value_or(0);
  return called;
}

Result<EndpointOfNetwork> find_called(std::string_view what, const std::string& name,
                                      const Document& document) {
  if (const auto one = endpoint_called(document, name)) return *one;
  std::vector<std::string> names;
  for (const EndpointOfNetwork& one : all_endpoints(document)) names.push_back(full_name(one));
  const auto meant = did_you_mean(name, names);
  return refuse(fmt::format("the {} \"{}\" is no endpoint of a network; {}", what, name,
                            meant           ? fmt::format("did you mean {}?", *meant)
                            : names.empty() ? "the document has none"
                                            : "`sluice show endpoints` lists them as NETWORK and NAME"));
}

// Any that nobody listens at.
constexpr uint16_t kPortOfClients = 40'000;

Result<Endpoint> tunnel_address(std::string_view what, const EndpointOfNetwork& one, const Called& called,
                                Family family, uint8_t protocol) {
  const auto& address = family == Family::kIpv4 ? one.endpoint->address : one.endpoint->address6;
  if (!address)
    return refuse(
        fmt::format("the {} \"{}\" has no {} address in the tunnel", what, called.name, to_string(family)));
  if (!has_ports(protocol)) {
    if (!called.port) return Endpoint{*address, 0};
    return refuse(
        fmt::format("the {} \"{}\" has a port, and {} has none", what, called.name, protocol_name(protocol)));
  }
  if (!called.port && what == "source") return Endpoint{*address, kPortOfClients};
  if (!called.port || *called.port == 0)
    return refuse(fmt::format("the {} \"{}\" needs a port, which {} has: {}:443", what, called.name,
                              protocol_name(protocol), called.name));
  return Endpoint{*address, *called.port};
}

// One side as an address; by name it has the family of the other one, or both have IPv4 where they have it.
class Sides {
 public:
  Sides(const QuestionText& text, const Document& document) : text_(text), document_(document) {}

  Result<> find(Question& question) {
    const auto source = parse_called(text_.source), destination = parse_called(text_.destination);
    if (source) source_ = TRY(find_called("source", source->name, document_));
    if (destination) destination_ = TRY(find_called("destination", destination->name, document_));
    if (!source) question.source = TRY(endpoint_of("source", text_.source, question.protocol));
    if (!destination)
      question.destination = TRY(endpoint_of("destination", text_.destination, question.protocol));
    const Family family = !source        ? question.source.address.family()
                          : !destination ? question.destination.address.family()
                                         : common_family();
    if (source) question.source = TRY(tunnel_address("source", *source_, *source, family, question.protocol));
    if (destination)
      question.destination =
          TRY(tunnel_address("destination", *destination_, *destination, family, question.protocol));
    return {};
  }

  Result<std::string> interface() const {
    if (!text_.in.empty()) return text_.in;
    if (source_) return source_->network->device;
    return refuse(
        fmt::format("the source \"{}\" is no endpoint of a network, so it is to be said where the "
                    "packet comes in: --in INTERFACE",
                    text_.source));
  }

 private:
  Family common_family() const {
    return source_->endpoint->address && destination_->endpoint->address ? Family::kIpv4 : Family::kIpv6;
  }

  const QuestionText& text_;
  const Document& document_;
  std::optional<EndpointOfNetwork> source_, destination_;
};

Result<> check_families(const Question& question) {
  const Family family = question.source.address.family();
  if (family != question.destination.address.family())
    return refuse(fmt::format("the source is {} and the destination {}; a packet has one family",
                              to_string(family), to_string(question.destination.address.family())));
  if (question.protocol == IPPROTO_ICMP && family == Family::kIpv6)
    return refuse("the addresses are ipv6, whose echo is icmpv6");
  if (question.protocol == IPPROTO_ICMPV6 && family == Family::kIpv4)
    return refuse("the addresses are ipv4, whose echo is icmp");
  return {};
}

}   // namespace

Result<Question> parse_question(const QuestionText& text, const Document& document) {
  Question question;
  if (!text.in.empty()) TRY(check_interface(text.in, document));
  question.protocol = TRY(protocol_of(text.protocol));
  Sides sides(text, document);
  TRY(sides.find(question));
  question.in = TRY(sides.interface());
  TRY(check_families(question));
  return question;
}

}   // namespace sluice
