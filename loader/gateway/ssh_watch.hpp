// SPDX-License-Identifier: GPL-2.0-or-later
// Which connections to the SSH servers of boxes are new, by looks at all flows. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/state.hpp"
#include "kernel/socket_table.hpp"
#include "model/document.hpp"

namespace sluice {

// Somebody is connected to a box.
struct SshConnection {
  enum class Way : uint8_t { kPort, kJump, kInside };   // an outside port; the gateway itself; neither
  Way way = Way::kInside;
  std::string user;   // whose box; of several, all with commas
  IpAddress source, box;
  uint16_t source_port = 0, outside_port = 0;   // `outside_port`: 0 but by a port
  uint16_t vrf = 0;                             // that it comes from; 0: the main one
  std::string endpoint;                         // of a network that is the source: "home/phone"; empty: none
  std::string login;   // by jump: whose process of the gateway has the connection; empty: not known
};

// A look is begin(), note() of every flow and end(). A look that failed is begun anew.
class SshWatch {
 public:
  void begin(const Document& document);
  void note(const FlowState& flow);
  // Those that the looks before have not seen.
  std::vector<SshConnection> end(const Document& document);

 private:
  struct Key {
    IpAddress source, destination;
    uint16_t source_port = 0, destination_port = 0, vrf = 0;
    auto operator<=>(const Key&) const = default;
  };
  struct Box {
    IpAddress address;
    uint16_t vrf = 0;
    auto operator<=>(const Box&) const = default;
  };
  struct Owners {
    std::string names;                       // of all whose box it is
    std::map<uint16_t, std::string> ports;   // outside, each with the user that it was given
  };

  std::map<Box, Owners> boxes_;
  std::set<Key> known_, seen_;
  std::vector<SshConnection> fresh_;
};

// Whose connection this is: a user number. None: it is not there, or not open any more. Pure.
std::optional<uint32_t> owner_of_socket(const std::vector<SocketRow>& sockets, const Endpoint& own,
                                        const Endpoint& peer);

}   // namespace sluice
