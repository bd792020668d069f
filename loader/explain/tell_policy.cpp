// SPDX-License-Identifier: GPL-2.0-or-later
// Who allows it, who translates its source, and what it meets then.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/protocol.hpp"
#include "explain/limits.hpp"
#include "explain/teller.hpp"
#include "model/queues.hpp"
#include "model/sharer.hpp"

namespace sluice::detail {
namespace {

std::string_view verb_of(uint8_t action) {
  if (action == SL_ACCEPT) return "accepts";
  return action == SL_REJECT ? "rejects" : "drops";
}

}   // namespace

// What admits it stands for the policy, unless nothing may pass between these zones.
bool Teller::is_admitted() const {
  const sl_zone_pair* pair = tables_.pair(judged_.zone_in, judged_.zone_out);
  return has(SL_EXPLAINED_ADMITTED) && !(pair && pair->action == SL_NEVER);
}

void Teller::policy() {
  const std::string from = names_.zone(judged_.zone_in), to = names_.zone(judged_.zone_out);
  told_.policy = names_.object(judged_.policy);
  if (is_admitted())
    return row("policy", is(SL_FLOW_TO_MAPPING) ? "the filter admits it" : "the forward admits it",
               told_.policy);
  if (!told_.policy.empty())
    return row("policy", fmt::format("{} from {} to {}", verb_of(judged_.action), from, to), told_.policy);
  row("policy", fmt::format("none speaks of it: from {} to {} is {}", from, to,
                            judged_.action == SL_ACCEPT ? "accepted" : "dropped"));
}

void Teller::leaves_from(const IpAddress& source, uint16_t port) {
  told_.new_source = source;
  if (port || !has_ports(question_.protocol)) told_.new_source_port = port;
}

std::string Teller::pool_of(const sl_masquerade& masquerade) const {
  std::string text;
  for (uint32_t i = 0; i < masquerade.ranges; ++i) {
    const sl_pool& pool = world_.rules.pools[masquerade.pool + i];
    const IpAddress first = address_of(pool.first);
    text += fmt::format("{}{}", text.empty() ? "" : ", ",
                        AddressRange{first, first.plus(pool.count - 1)}.to_string());
  }
  return text;
}

const sl_masquerade* Teller::masquerade() const {
  const auto row = std::ranges::find(world_.rules.masquerades, judged_.nat, &sl_masquerade::object);
  return row == world_.rules.masquerades.end() ? nullptr : &*row;
}

void Teller::translation() {
  if (is(SL_FLOW_TO_HOST)) return leaves_from(question_.source.address, question_.source.port);
  if (has(SL_EXPLAINED_MASQUERADE)) return masqueraded();
  if (is(SL_FLOW_NEW_SOURCE)) return by_static();
  leaves_from(source_.address, source_.port);
  const bool hairpin =
      is(SL_FLOW_NEW_DESTINATION) &&
      (judged_.zone_in == judged_.zone_out || has(SL_EXPLAINED_UNHIDDEN) || judged_.view != judged_.vrf_in);
  const sl_masquerade* excepts =
      hairpin ? nullptr : tables_.masquerade_between(judged_.zone_in, judged_.zone_out, family());
  row("translation", excepts ? "the masquerade excepts this destination" : "the source stays",
      excepts ? names_.object(excepts->object) : "");
}

void Teller::by_static() {
  if (ended_at(SL_ASKED_TRANSLATION))
    return row("translation", "no word of the address can take the adjustment", told_.nat);
  leaves_from(source_.address, source_.port);
  row("translation", fmt::format("a static mapping makes the source {}", to_string(source_)), told_.nat);
}

void Teller::masqueraded() {
  const sl_masquerade* rule = masquerade();
  const bool is_one =
      !rule || !rule->ranges || (rule->ranges == 1 && world_.rules.pools[rule->pool].count == 1);
  if (judged_.reason == SL_DROP_NO_ADDRESS)
    return row("translation", fmt::format("{} has no {} address", told_.interface_out, to_string(family())),
               told_.nat);
  if (ended_at(SL_ASKED_TRANSLATION))
    return row("translation", "the masquerade has no ports for this host", told_.nat);
  if (has(SL_EXPLAINED_MAPPED)) {
    leaves_from(source_.address, source_.port);
    return row("translation", fmt::format("masqueraded by its mapping {}", to_string(source_)), told_.nat);
  }
  if (is_one) told_.new_source = source_.address;
  if (!rule && judged_.zone_in == judged_.zone_out && !is(SL_FLOW_OTHER_FAMILY))
    return row("translation",
               fmt::format("it goes back over its link: masqueraded by {}", source_.address.to_string()),
               told_.nat);
  row("translation",
      judged_.reason == SL_DROP_NO_PORTS
          ? fmt::format("all ports of {} belong to a static mapping", source_.address.to_string())
          : fmt::format("masqueraded by {}", is_one ? source_.address.to_string() : pool_of(*rule)),
      told_.nat);
}

void Teller::into_tunnel() {
  const bool leaves = !is(SL_FLOW_TO_HOST) && judged_.vrf_out == SL_MAIN_VRF &&
                      tables_.is_of_tunnel(source_.address, destination_.address, destination_.port);
  row("translation",
      leaves ? "it would leave as a packet of a tunnel" : "its answers would leave as packets of a tunnel");
}

void Teller::answers() {
  if (judged_.reason == SL_DROP_FLOW_CONFLICT)
    row("flow", "its answers belong to another flow, see `sluice show flows`");
  else if (has(SL_EXPLAINED_OTHER_PORT))
    row("flow", "its answers belong to another flow: it gets another port");
  else if (has(SL_EXPLAINED_GIVES_WAY))
    row("flow", judged_.state == SL_FLOW_CLOSING
                    ? "a closed flow that has its answers gives way to it"
                    : "what its target sent to this peer unasked gives way to it");
}

std::vector<const Limit*> Teller::limits_of_document() const {
  return limits_of({.interface = question_.in,
                    .zone_out = judged_.zone_out,
                    .source = question_.source.address,
                    .destination = destination_,
                    .protocol = question_.protocol,
                    .forward = is_admitted() && !is(SL_FLOW_TO_MAPPING) ? told_.policy : ""},
                   world_.document);
}

// As the programs found them. Numbers are places in the document, from 1.
std::vector<const Limit*> Teller::limits_of_row() const {
  std::vector<const Limit*> found;
  if (judged_.limits >= world_.rules.limit_rows.size()) return found;
  const sl_limit_row& row = world_.rules.limit_rows[judged_.limits];
  std::set<uint16_t> numbers(std::begin(row.original), std::end(row.original));
  numbers.insert(std::begin(row.reply), std::end(row.reply));
  for (const uint16_t number : numbers)
    if (number != 0 && number <= world_.document.limits.size())
      found.push_back(&world_.document.limits[number - 1]);
  return found;
}

void Teller::meets(const Limit& limit) {
  told_.limits.push_back(limit.name);
  row("limit", fmt::format("at most {} by {}", to_string(limit.rate), to_string(limit.key)), limit.name);
}

// Not a stage of the programs: the kernel's queues sort it, by the class of the pod or VRF that it came from.
void Teller::queue() {
  const std::vector<Interface>& all = world_.document.interfaces;
  const auto out = std::ranges::find(all, told_.interface_out, &Interface::name);
  const auto queues = out == all.end() ? std::nullopt : queues_of(world_.document, *out);
  if (!queues) return;
  const auto in = std::ranges::find(all, told_.interface_in, &Interface::name);
  const uint32_t from = in != all.end() && in->share ? in->share->queue : judged_.vrf_in;
  const QueueClass* share = nullptr;
  for (const QueueClass& one : queues->classes)
    if (one.number == from || (!share && one.number == kOtherQueue)) share = &one;
  const Sharer sharer = sharer_of(world_.document, *out, share->number);
  const std::string whose = sharer.pod   ? "pod " + sharer.pod->name
                            : sharer.vrf ? "VRF " + sharer.vrf->name
                                         : "others";
  row("queue", fmt::format("waits with {}: {} guaranteed, at most {}", whose,
                           bits_to_string(share->guaranteed * 8), bits_to_string(share->maximum * 8)));
}

}   // namespace sluice::detail
