// SPDX-License-Identifier: GPL-2.0-or-later
#include "explain/question.hpp"

#include <fmt/format.h>
#include <netinet/in.h>

#include "base/protocol.hpp"
#include "base/text.hpp"

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
  TRY(check_interface(text.in, document));
  Question question{.in = text.in};
  question.protocol = TRY(protocol_of(text.protocol));
  question.source = TRY(endpoint_of("source", text.source, question.protocol));
  question.destination = TRY(endpoint_of("destination", text.destination, question.protocol));
  TRY(check_families(question));
  return question;
}

}   // namespace sluice
