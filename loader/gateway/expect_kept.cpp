// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/expect_kept.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/text.hpp"
#include "gateway/container_book.hpp"
#include "gateway/own_targets.hpp"
#include "kernel/observe.hpp"
#include "model/mapping_request.hpp"
#include "model/tunnel_ports.hpp"
#include "network/titles.hpp"

namespace sluice {
namespace {

using Address = std::optional<IpAddress> NetworkEndpoint::*;
using Subnet = std::optional<Prefix> Network::*;

std::unexpected<Error> refuse(std::string sentence) {
  return fail(std::move(sentence), ErrorKind::kInvalidDocument);
}

template <class Named>
const Named* find(const std::vector<Named>& all, std::string_view name) {
  const auto at = std::ranges::find(all, name, &Named::name);
  return at == all.end() ? nullptr : &*at;
}

// A lease gives way to what the document says.
Result<> expect_port(const Network& network, const Document& declared) {
  const auto elsewhere = interfaces_in_vrfs(declared);
  for (const Forward& forward : declared.forwards) {
    if (is_of_lease(forward) || !takes_udp_of_gateway(forward, elsewhere)) continue;
    for (const PortRange& range : forward.ports)
      if (range.overlaps({*network.port, *network.port}))
        return refuse(fmt::format("{}: UDP port {}, which it was given, is taken by {} \"{}\" (line {})",
                                  title_of(network), *network.port, forward.service ? "service" : "forward",
                                  forward.name, forward.line));
  }
  return {};
}

Result<> expect_in_subnet(const Network& network, const NetworkEndpoint& endpoint, const IpAddress& address,
                          const Prefix& subnet) {
  const auto own = gateway_addresses(network);
  if (std::ranges::find(own, address) != own.end())
    return refuse(
        fmt::format("{}: {} is the gateway's own", title_of(network, endpoint), address.to_string()));
  if (subnet.contains(address) && address != subnet.address) return {};
  return refuse(fmt::format("{}: {} is no address of {}, which the network has", title_of(network, endpoint),
                            address.to_string(), subnet.to_string()));
}

// Nobody is moved from an address that a client was told.
Result<> expect_unmoved(const Network& network, const NetworkEndpoint& endpoint, Address address,
                        const Network& before) {
  for (const NetworkEndpoint& other : before.endpoints) {
    if (other.name == endpoint.name || other.*address != endpoint.*address) continue;
    const NetworkEndpoint* same = find(network.endpoints, other.name);
    if (same && !(same->*address))
      return refuse(fmt::format("{}: {} is that of endpoint \"{}\"", title_of(network, endpoint),
                                (endpoint.*address)->to_string(), other.name));
  }
  return {};
}

Result<> expect_addresses(const Network& network, const Network& settled, Address address, Subnet subnet,
                          const Network* before) {
  for (const NetworkEndpoint& endpoint : network.endpoints) {
    if (!(endpoint.*address)) continue;
    if (settled.*subnet) TRY(expect_in_subnet(settled, endpoint, *(endpoint.*address), *(settled.*subnet)));
    if (before) TRY(expect_unmoved(network, endpoint, address, *before));
  }
  return {};
}

Result<> expect_given(const Document& declared, const Document& settled, const Document* before) {
  for (const Network& network : declared.networks) {
    const Network* given = find(settled.networks, network.name);
    const Network* earlier = before ? find(before->networks, network.name) : nullptr;
    if (!given) continue;
    if (given->port) TRY(expect_port(*given, declared));
    TRY(expect_addresses(network, *given, &NetworkEndpoint::address, &Network::subnet, earlier));
    TRY(expect_addresses(network, *given, &NetworkEndpoint::address6, &Network::subnet6, earlier));
  }
  return {};
}

// Lines move with every change of the text.
std::string without_lines(std::string sentence) {
  constexpr std::string_view kLine = "(line ";
  for (size_t at = 0; (at = sentence.find(kLine, at)) != std::string::npos; ++at)
    sentence.erase(at, sentence.find(')', at) - at);
  return sentence;
}

// What is not wrong in the document in force already: that one may be older than the check, and to mend it
// takes a change.
Result<> expect_none(std::vector<std::string> wrong, const std::vector<std::string>& before) {
  std::erase_if(wrong, [&](const std::string& one) {
    return std::ranges::any_of(
        before, [&](const std::string& other) { return without_lines(one) == without_lines(other); });
  });
  return wrong.empty() ? Result<>() : refuse(join(wrong, "; "));
}

Result<> expect_led_away(const GatewayCandidate& candidate, const GatewayCandidate* current,
                         const Observed& seen) {
  auto wrong = own_targets(candidate, seen);
  if (wrong.empty()) return {};
  return expect_none(std::move(wrong), current ? own_targets(*current, seen) : std::vector<std::string>{});
}

}   // namespace

Result<> expect_kept(const GatewayCandidate& candidate, const std::optional<GatewayCandidate>& current,
                     KnownMachine& known, bool by_known) {
  const GatewayCandidate* before = current ? &*current : nullptr;
  TRY(expect_place(candidate.left_out));
  TRY(expect_none(candidate.shared_keys, before ? before->shared_keys : std::vector<std::string>{}));
  if (!candidate.document.forwards.empty())
    TRY(expect_led_away(candidate, before, by_known ? known.seen() : TRY(observe_addresses(known.links()))));
  if (!candidate.declared) return {};
  return expect_given(*candidate.declared, candidate.document, before ? &before->document : nullptr);
}

}   // namespace sluice
