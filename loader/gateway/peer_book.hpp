// SPDX-License-Identifier: GPL-2.0-or-later
// What endpoints of networks have carried by peers that are gone: a tunnel forgets whom it lets in no more,
// and begins anew with each key. For as long as the machine runs and the document names the endpoint.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "gateway/state_file.hpp"
#include "model/document.hpp"
#include "model/observed.hpp"
#include "model/tunnel.hpp"

namespace sluice {

struct PeerCount {
  uint64_t rx_bytes = 0, tx_bytes = 0;
  std::optional<std::chrono::system_clock::time_point> last_handshake;   // none: never
};

class PeerBook {
 public:
  static constexpr StateFileKind kFile{"peers.json", size_t{16} << 20, "what endpoints have carried"};

  explicit PeerBook(const std::filesystem::path& state);

  // A look at the tunnels of a document that is settled.
  void note(const Document& document, const Observed& seen);
  void forget();   // no document is in force
  // With what its peers had at the last look.
  PeerCount of(const std::string& network, const std::string& endpoint) const;

 private:
  using Name = std::pair<std::string, std::string>;   // network, endpoint
  struct Peer {
    std::string endpoint;
    PeerCount count;
  };
  using Peers = std::map<WireguardKey, Peer>;

  void note(const Network& network, const ObservedTunnel& tunnel);
  void end(const std::string& network, const Peer& peer);
  void forget_gone(const Document& document);
  void keep();

  StateFile file_;
  std::map<Name, PeerCount> ended_;      // by peers that are gone
  std::map<std::string, Peers> peers_;   // by network: as they were at the last look
};

}   // namespace sluice
