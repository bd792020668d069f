// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/nft/others.hpp"

namespace sluice {
namespace {

bool leaves_it_to_others(const Judge& judge, const FlowEnds& flow, bool has_new_target) {
  const FirstPacket& packet = flow.packet;
  const Family family = packet.source.address.family();
  if (packet.zone_in == 0 || flow.zone_out == 0 || packet.vrf_in != flow.vrf_out) return false;
  if (judge.target_in(packet.vrf_in, packet)) return false;
  if (!has_new_target && judge.is_hidden(packet.zone_in, flow.zone_out, family)) return false;
  const NatSource source = judge.source_rule(packet, flow.zone_out, flow.answers_from.address);
  return !source.mapping && !source.masquerade;
}

}   // namespace

const std::vector<OtherTable>& OthersRules::tables() {
  if (!tables_) {
    auto listed = list_other_tables();
    tables_ = listed ? std::move(*listed) : std::vector<OtherTable>();
  }
  return *tables_;
}

bool OthersRules::allow(const Judge& judge, const FlowEnds& flow) {
  const FirstPacket& packet = flow.packet;
  const bool has_new_target = flow.answers_from != packet.destination;
  const bool has_new_source = flow.answers_to != packet.source;
  if (!has_new_target && !has_new_source) return false;
  if (!leaves_it_to_others(judge, flow, has_new_target)) return false;
  const Decision decision =
      judge.decide({packet.zone_in, flow.zone_out, packet.source.address, flow.answers_from.address,
                    packet.protocol, flow.answers_from.port});
  if (decision.action != Action::kAccept) return false;
  return (!has_new_target || publishes(tables(), to_string(flow.answers_from))) &&
         (!has_new_source || translates(tables()));
}

}   // namespace sluice
