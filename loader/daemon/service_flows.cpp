// SPDX-License-Identifier: GPL-2.0-or-later
// A flow that somebody kills.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/protocol.hpp"
#include "daemon/service.hpp"
#include "maps/layout.h"
#include "model/address.hpp"

namespace sluice {
namespace {

// Flows of protocols without ports have none, and queries of ICMP an id in the place of one.
Result<Endpoint> parse_flow_end(std::string_view what, const std::string& text) {
  if (const auto end = parse_endpoint(text)) return *end;
  if (const auto address = IpAddress::parse(text)) return Endpoint{*address, 0};
  return fail(fmt::format("{} \"{}\" is no address with a port, such as 192.0.2.1:80 or [2001:db8::1]:80",
                          what, text),
              ErrorKind::kUsage);
}

Result<uint16_t> parse_vrf(const Gateway& gateway, const std::string& name) {
  if (name.empty() || name == kMainVrf) return uint16_t{SL_MAIN_VRF};
  if (gateway.current())
    for (const Vrf& vrf : gateway.current()->document.vrfs)
      if (vrf.name == name) return vrf.table;
  return fail(fmt::format("there is no VRF \"{}\"", name), ErrorKind::kUsage);
}

Result<FlowKey> parse_flow(const Gateway& gateway, const FlowName& name) {
  const auto protocol = parse_protocol(name.protocol);
  if (!protocol) return fail(fmt::format("\"{}\" is no protocol", name.protocol), ErrorKind::kUsage);
  const Endpoint source = TRY(parse_flow_end("source", name.source)),
                 destination = TRY(parse_flow_end("destination", name.destination));
  return FlowKey{.protocol = *protocol,
                 .vrf = TRY(parse_vrf(gateway, name.vrf)),
                 .source_port = source.port,
                 .destination_port = destination.port,
                 .source = source.address,
                 .destination = destination.address};
}

}   // namespace

Result<nlohmann::json> GatewayService::end_flow(const FlowName& name) {
  const FlowKey flow = TRY(parse_flow(gateway_, name));
  const std::string text = to_string(flow);
  if (!TRY_TO(fmt::format("kill flow {}", text), gateway_.engine().end_flow(flow)))
    return fail(fmt::format("there is no flow {} that began so; `sluice show flows` has all", text),
                ErrorKind::kUsage);
  spdlog::info("flow {} was killed by {}", text, name.who);
  return nlohmann::json{{"flow", text}};
}

}   // namespace sluice
