// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/ssh_watch.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <utility>

#include "model/endpoints.hpp"
#include "model/routing.hpp"
#include "ssh/expand_ssh.hpp"

namespace sluice {
namespace {

using Way = SshConnection::Way;

constexpr uint16_t kGatewayZone = 0;

}   // namespace

void SshWatch::begin(const Document& document) {
  boxes_.clear();
  seen_.clear();
  fresh_.clear();
  if (!document.ssh) return;
  for (const SshUser& user : document.ssh->users)
    for (size_t i = 0; i < user.boxes.size(); ++i) {
      const IpAddress& box = user.boxes[i];
      Owners& owners = boxes_[{box, vrf_number(document, place_of_box(document, box).vrf)}];
      owners.names += (owners.names.empty() ? "" : ",") + user.name;
      owners.ports.emplace(user.ports[i], user.name);
    }
}

// One that nobody has answered yet is none: whoever invents sources is not told.
void SshWatch::note(const FlowState& flow) {
  if (flow.protocol != IPPROTO_TCP || flow.reply.source_port != kSshPort ||
      flow.phase == FlowPhase::kHalfOpen)
    return;
  const auto box = boxes_.find({flow.reply.source, flow.vrf_out});
  if (box == boxes_.end()) return;
  const FlowDirection& original = flow.original;
  Key key{original.source, original.destination, original.source_port, original.destination_port,
          flow.vrf_in};
  if (!seen_.insert(key).second || known_.contains(key)) return;
  SshConnection made{.user = box->second.names,
                     .source = original.source,
                     .box = flow.reply.source,
                     .source_port = original.source_port,
                     .vrf = flow.vrf_in};
  const auto port = box->second.ports.find(original.destination_port);
  if (flow.zone_in == kGatewayZone) {
    made.way = Way::kJump;
  } else if (port != box->second.ports.end()) {
    made.way = Way::kPort;
    made.user = port->second;
    made.outside_port = port->first;
  }
  fresh_.push_back(std::move(made));
}

std::vector<SshConnection> SshWatch::end(const Document& document) {
  known_ = std::exchange(seen_, {});
  for (SshConnection& one : fresh_)
    if (const auto who = endpoint_at(document, one.vrf, one.source); who && one.way != Way::kJump)
      one.endpoint = full_name(*who);
  return std::exchange(fresh_, {});
}

// What is closed belongs to nobody.
std::optional<uint32_t> owner_of_socket(const std::vector<SocketRow>& sockets, const Endpoint& own,
                                        const Endpoint& peer) {
  const auto at = std::ranges::find_if(sockets, [&](const SocketRow& row) {
    return row.own == own && row.peer == peer && row.state == TCP_ESTABLISHED;
  });
  return at == sockets.end() ? std::nullopt : at->user;
}

}   // namespace sluice
