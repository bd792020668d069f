// SPDX-License-Identifier: GPL-2.0-or-later
// Looks for ways to the other ends of tunnels, and answers those who look for this one, from and to the ports
// that the kernel's WireGuard has (raw_udp.hpp).
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "model/path.hpp"
#include "path/answerer.hpp"
#include "path/finder.hpp"
#include "reach/raw_udp6.hpp"

namespace sluice {

// Where what is looked for is sent from.
struct PathPlace {
  uint32_t device = 0;
  std::optional<IpAddress> local, local6;
  std::vector<IpAddress> relays;   // whoever comes from there has come through a relay
  bool asks_servers = false;       // so a place outside becomes known
  bool operator==(const PathPlace&) const = default;
};

class PathTalk {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // By our ports: where others may look for them.
  using Candidates = std::map<uint16_t, std::vector<PathCandidate>>;

  // `raw6`: none: only by IPv4. `changed`: news() may be other ones.
  PathTalk(boost::asio::io_context& io, RawUdp raw, std::optional<RawUdp6> raw6,
           std::function<void()> changed);
  PathTalk(const PathTalk&) = delete;
  PathTalk& operator=(const PathTalk&) = delete;

  // From another place all is found anew. What is wanted as before goes on.
  void want(const PathPlace& place, const std::vector<PathOrder>& orders);
  void use(Candidates candidates);

  // Of those that something is known of.
  std::vector<PathNews> news() const;

 private:
  struct Peer {
    Peer(PathTalk& talk, const PathOrder& wanted, Time now);
    PathOrder order;
    std::optional<PathFinder> finder;   // where we call
    PathAnswerer answerer;
  };

  // `hops`: of IPv4; 0: as far as it takes.
  void send(const PathOrder& order, const Endpoint& to, PathMessage message, uint8_t hops);
  void send_from(const Endpoint& from, const Endpoint& to, const stun::Bytes& bytes, uint8_t hops = 0) const;
  void hear(const RawDatagram& datagram, Time now);
  void answer(Peer& peer, const RawDatagram& datagram, const PathMessage& request, Time now);
  template <class Raw>
  void await(boost::asio::posix::stream_descriptor& ready, Raw& raw);
  bool is_ready(uint16_t port, Time now) const;
  void after(Time now);
  void await_next(Time now);

  RawUdp raw_;
  std::optional<RawUdp6> raw6_;
  boost::asio::posix::stream_descriptor ready_, ready6_;
  const std::function<void()> changed_;
  boost::asio::steady_timer timer_;
  PathPlace place_;
  Time since_{};   // we are there
  Candidates candidates_;
  std::map<PathTag, std::unique_ptr<Peer>> peers_;
  std::vector<PathNews> told_;
};

}   // namespace sluice
