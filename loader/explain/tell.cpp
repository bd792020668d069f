// SPDX-License-Identifier: GPL-2.0-or-later
// From the interface to the way out, and the verdict.
#include <fmt/format.h>

#include <algorithm>

#include "compile/common/drop_reason.hpp"
#include "explain/teller.hpp"

namespace sluice {
namespace detail {
namespace {

std::string_view name_of(uint8_t state) {
  switch (state) {
    case SL_FLOW_ESTABLISHED: return "established";
    case SL_FLOW_CLOSING: return "closing";
    case SL_FLOW_OVER:
    case SL_FLOW_TOLD: return "over: its backend carries no more, and who sends gets a reset";
    default: return "half-open";
  }
}

std::string by_endpoint(std::string_view side, const std::string& endpoint) {
  return endpoint.empty() ? "" : fmt::format(", {} endpoint {}", side, endpoint);
}

}   // namespace

Explanation Teller::tell() {
  interface();
  if (was_asked(SL_ASKED_ADDRESSES)) addresses();
  if (was_asked(SL_ASKED_FLOW) && !ended_at(SL_ASKED_ADDRESSES)) flow();
  if (has(SL_EXPLAINED_ESSENTIAL) || has(SL_EXPLAINED_MANY))
    for_many();
  else if (judged_.known == SL_KNOWN_NOT)
    first_packet();
  verdict();
  return std::move(told_);
}

void Teller::row(std::string stage, std::string finding, std::string rule) {
  told_.stages.push_back({std::move(stage), std::move(rule), std::move(finding)});
}

void Teller::interface() {
  told_.protocol = question_.protocol;
  told_.interface_in = question_.in;
  told_.source = question_.source;
  told_.destination = question_.destination;
  if (ended_at(SL_ASKED_INTERFACE)) return row("interface", "there is no such device now");
  told_.from_zone = names_.zone(judged_.zone_in);
  told_.from_vrf = names_.vrf(judged_.vrf_in);
  if (network_of_device(world_.document, question_.in))
    told_.from_endpoint = names_.endpoint(judged_.vrf_in, question_.source.address);
  row("interface", fmt::format("{}: zone {}, VRF {}{}", question_.in, told_.from_zone, told_.from_vrf,
                               by_endpoint("from", told_.from_endpoint)));
}

void Teller::addresses() {
  if (!ended_at(SL_ASKED_ADDRESSES))
    return row("addresses", has(SL_EXPLAINED_MANY) ? "sent to many" : "as a packet may have them");
  const DropReason* why = drop_reason(judged_.reason);
  row("addresses", judged_.reason == SL_DROP_BAD_ADDRESS ? "no routed packet has such an address"
                                                         : std::string(why ? why->text : ""));
}

void Teller::flow() {
  if (judged_.known == SL_KNOWN_NOT) return row("flow", "none is there: it would be the first packet of one");
  told_.is_known_flow = true;
  leaves_from(source_.address, source_.port);
  told_.new_destination = destination_;
  told_.to_zone = names_.zone(judged_.zone_out);
  told_.to_vrf = names_.vrf(judged_.vrf_out);
  told_.interface_out = names_.link(judged_.ifindex_out);
  note_to_endpoint();
  told_.policy = names_.object(judged_.policy);
  told_.nat = names_.object(judged_.nat);
  row("flow",
      fmt::format("{} of one that is there, {}: leaves from {} to {}",
                  judged_.known == SL_KNOWN_REPLY ? "answer" : "packet", name_of(judged_.state),
                  to_string(source_), to_string(destination_)),
      told_.policy);
}

// They end at the gateway.
void Teller::for_many() {
  if (judged_.known != SL_KNOWN_NOT || !was_asked(SL_ASKED_FLOW)) return;
  told_.to_zone = kHostZone;
  told_.new_destination = question_.destination;
  leaves_from(question_.source.address, question_.source.port);
  if (has(SL_EXPLAINED_ESSENTIAL)) return row("policy", "the gateway's own DHCP needs no policy");
  if (was_asked(SL_ASKED_POLICY)) policy();
}

void Teller::first_packet() {
  if (was_asked(SL_ASKED_SOURCE)) source();
  if (!was_asked(SL_ASKED_WAY)) return;
  destination();
  if (judged_.reason == SL_DROP_FORWARD_SOURCE || judged_.reason == SL_DROP_NO_BACKEND) return;
  way();
  if (was_asked(SL_ASKED_HIDDEN)) hidden();
  if (was_asked(SL_ASKED_POLICY)) policy();
  if (was_asked(SL_ASKED_TRANSLATION)) translation();
  if (ended_at(SL_ASKED_TUNNEL)) into_tunnel();
  answers();
  if (judged_.reason) return;
  for (const Limit* limit : was_asked(SL_ASKED_LIMITS) ? limits_of_row() : limits_of_document())
    meets(*limit);
  queue();
}

void Teller::source() {
  const IpAddress& source = question_.source.address;
  const sl_interface* device = tables_.interface(index_of(world_.observed, question_.in));
  if (judged_.reason == SL_DROP_OWN_SOURCE)
    row("source", "an address of the gateway itself");
  else if (!source.is_ipv4() && source.is_link_local())
    row("source", "of this link alone");
  else if (judged_.reason == SL_DROP_BOGON)
    row("source", "of a network that nobody on the internet has");
  else if (device && device->anti_spoofing == SL_ANY_SOURCE)
    row("source", "anti-spoofing is off");
  else
    row("source", judged_.zone_behind
                      ? fmt::format("the way back leads into zone {}", names_.zone(judged_.zone_behind))
                      : "no way back leads there");
}

// Programs know whose turn it is; the kernel's nf_tables does not say.
void Teller::service(const sl_forward& forward) {
  const std::string name = names_.object(forward.object);
  if (judged_.reason == SL_DROP_NO_BACKEND)
    return row("destination", "no backend of the service takes new flows", name);
  uint32_t serving = 0;
  for (uint32_t i = 0; i < forward.members; ++i)
    serving += world_.rules.backends[forward.backends + i].backend.weight ? 1 : 0;
  const std::string backend = fmt::format(
      "{}, {}", names_.object(judged_.policy ? judged_.policy : judged_.nat), to_string(destination_));
  row("destination",
      world_.has_mappings ? fmt::format("a service leads to {}, one of {} that take new flows{}", backend,
                                        serving, in_other_view())
                          : fmt::format("a service leads to one of {} that take new flows, such as {}{}",
                                        serving, backend, in_other_view()),
      name);
}

std::string Teller::in_other_view() const {
  return judged_.view == judged_.vrf_in ? "" : fmt::format(", asked for in VRF {}", names_.vrf(judged_.view));
}

// Of several rules with this prefix the one for the zone that it leaves into; that may not be known.
void Teller::by_nat64() {
  const auto names = [](const std::vector<std::string>& zones, const std::string& zone) {
    return std::find(zones.begin(), zones.end(), zone) != zones.end();
  };
  std::string rule;
  for (const auto& [source, prefix] : world_.document.nat64) {
    if (!names(source.from, names_.zone(judged_.zone_in)) || !prefix.contains(question_.destination.address))
      continue;
    if (rule.empty() || names(source.to, names_.zone(judged_.zone_out))) rule = source.name;
  }
  row("destination", fmt::format("NAT64 leads to {}", to_string(destination_)), rule);
}

void Teller::destination() {
  const Endpoint& asked = question_.destination;
  const sl_forward* forward = tables_.forward(judged_.view, question_.protocol, asked.address, asked.port);
  const sl_static* mapping = tables_.static_in(judged_.view, asked.address);
  if (judged_.reason == SL_DROP_FORWARD_SOURCE)
    return row("destination", "its forward is not for this source",
               forward ? names_.object(forward->object) : "");
  if (!is(SL_FLOW_NEW_DESTINATION)) return row("destination", "no rule translates it");
  if (forward && (forward->flags & SL_FORWARD_SERVICE)) return service(*forward);
  if (is(SL_FLOW_OTHER_FAMILY)) return by_nat64();
  const std::string_view by = is(SL_FLOW_TO_MAPPING) ? "a mapping"
                              : forward              ? "a forward"
                                                     : "a static mapping";
  const uint32_t rule = is(SL_FLOW_TO_MAPPING) ? judged_.nat
                        : forward              ? forward->object
                        : mapping              ? mapping->object
                                               : 0;
  row("destination", fmt::format("{} leads to {}{}", by, to_string(destination_), in_other_view()),
      names_.object(rule));
}

// Its own address is not hidden from itself, but from others: then the question is the same.
bool Teller::ends_at_host() const {
  return is(SL_FLOW_TO_HOST) || (ended_at(SL_ASKED_WAY) && (judged_.reason == SL_DROP_OTHER_VRF ||
                                                            judged_.reason == SL_DROP_INSIDE_ADDRESS));
}

std::string Teller::finding_of_way() const {
  const std::string vrf = names_.vrf(judged_.vrf_out);
  if (ends_at_host()) return fmt::format("an address of the gateway itself in VRF {}", vrf);
  if (ended_at(SL_ASKED_WAY) && judged_.reason == SL_DROP_BAD_ADDRESS)
    return "an address of one link alone, or one that cannot be translated";
  if (judged_.reason == SL_DROP_NO_ROUTE)
    return fmt::format("no route of VRF {} leads to {}", vrf, destination_.address.to_string());
  if (judged_.reason == SL_DROP_NO_ZONE)
    return fmt::format("leads out of {}, which VRF {} does not have", names_.link(judged_.ifindex_out), vrf);
  return fmt::format("out of {} to {} in VRF {}, zone {}, MTU {}", names_.link(judged_.ifindex_out),
                     address_of(judged_.next_hop).to_string(), vrf, names_.zone(judged_.zone_out),
                     judged_.mtu);
}

void Teller::note_to_endpoint() {
  if (network_of_device(world_.document, told_.interface_out))
    told_.to_endpoint = names_.endpoint(judged_.vrf_out, destination_.address);
}

void Teller::way() {
  told_.nat = names_.object(judged_.nat);
  told_.new_destination = destination_;
  told_.to_vrf = names_.vrf(judged_.vrf_out);
  const std::string left =
      judged_.view == judged_.vrf_in
          ? ""
          : fmt::format("VRF {} leaves it to VRF {}; ", names_.vrf(judged_.vrf_in), names_.vrf(judged_.view));
  if (!ended_at(SL_ASKED_WAY) && !is(SL_FLOW_TO_HOST)) {
    told_.interface_out = names_.link(judged_.ifindex_out);
    note_to_endpoint();
  }
  row("route", left + finding_of_way() + by_endpoint("to", told_.to_endpoint));
  if (ended_at(SL_ASKED_WAY)) return;
  told_.to_zone = names_.zone(judged_.zone_out);
  if (is(SL_FLOW_TO_HOST)) return;
  told_.next_hop = address_of(judged_.next_hop);
  told_.mtu = judged_.mtu;
}

void Teller::hidden() {
  if (is(SL_FLOW_TO_HOST)) return;
  if (is(SL_FLOW_TO_MAPPING)) return filter();
  if (!ended_at(SL_ASKED_HIDDEN)) return;
  const sl_masquerade* back = tables_.masquerade_between(judged_.zone_out, judged_.zone_in, family());
  row("hidden",
      fmt::format("zone {} is hidden from zone {}", names_.zone(judged_.zone_out),
                  names_.zone(judged_.zone_in)),
      back ? names_.object(back->object) : "");
}

void Teller::filter() {
  if (has(SL_EXPLAINED_UNHIDDEN)) return row("filter", "the mapping's owner is not hidden from this sender");
  row("filter",
      judged_.reason == SL_DROP_FILTERED ? "the mapping's filter does not let it in"
                                         : "the mapping's filter lets it in",
      told_.nat);
}

void Teller::verdict() {
  told_.reason = judged_.reason;
  told_.verdict = judged_.verdict == SL_V_TO_HOST ? Verdict::kToHost : Verdict::kForwarded;
  if (judged_.reason)
    told_.verdict = judged_.reason == SL_DROP_REJECT ? Verdict::kRejected : Verdict::kDropped;
  const DropReason* why = drop_reason(judged_.reason);
  row("verdict",
      why ? fmt::format("{}: {}", to_string(told_.verdict), why->text)
          : std::string(to_string(told_.verdict)),
      why ? why->name() : "");
}

}   // namespace detail

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kForwarded: return "forwarded";
    case Verdict::kToHost: return "to host";
    case Verdict::kDropped: return "dropped";
    case Verdict::kRejected: return "rejected";
  }
  return "dropped";
}

Explanation tell(const World& world, const Question& question, const sl_explained& judged) {
  return detail::Teller(world, question, judged).tell();
}

}   // namespace sluice
