// SPDX-License-Identifier: GPL-2.0-or-later
// Finds out by STUN how the ports of one machine are seen, and what the NAT in front of it is like.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "reach/lifetime_probe.hpp"
#include "reach/mapping_probe.hpp"
#include "reach/port_seer.hpp"
#include "reach/probe_socket.hpp"
#include "reach/raw_udp.hpp"
#include "reach/stun_servers.hpp"

namespace sluice {

struct StunCounts {
  uint64_t asked = 0, answered = 0;
};

class StunTalk {
 public:
  // `changed`: news() may be other ones.
  StunTalk(boost::asio::io_context& io, RawUdp raw, StunCounts& counts, std::function<void()> changed);
  StunTalk(const StunTalk&) = delete;
  StunTalk& operator=(const StunTalk&) = delete;

  // From this address, by the device of this number. Another one: all is found out anew. None: nobody is
  // asked.
  void want(const std::optional<IpAddress>& local, uint32_t device, const std::vector<PortOfOurs>& ports,
            const std::vector<StunServer>& servers);
  // Where the router leads to a port.
  void note_router(uint16_t port, const std::optional<Endpoint>& outside);

  // All servers are asked now.
  void test();
  bool is_asking() const;

  SeenNews news(uint16_t port) const;

 private:
  using Time = StunExchange::Time;

  PortSeer& seer_of(uint16_t port);
  void send_raw(uint16_t port, const Endpoint& to, const stun::Bytes& message);
  void await_raw();
  void hear_raw();
  StunExchange::Send sends_by(ProbeSocket& socket);
  void probe(const PortSeer& seer, Time now);
  template <class Probe>
  void hear_probe(Probe& probe, const StunHeard& heard);
  void after(Time now);
  void await_next();

  boost::asio::io_context& io_;
  RawUdp raw_;
  boost::asio::posix::stream_descriptor raw_ready_;
  StunCounts& counts_;
  const std::function<void()> changed_;
  boost::asio::steady_timer timer_;
  StunServers servers_;
  std::vector<KnownServer> known_;
  std::optional<IpAddress> local_;
  uint32_t device_ = 0;
  std::map<uint16_t, PortSeer> seers_;
  // The same for all ports: it is what the NAT does, as it was when this one was seen so.
  ProbeSocket mapping_socket_, lifetime_socket_, second_socket_;
  MappingProbe mapping_;
  LifetimeProbe lifetime_;
  std::optional<Endpoint> mapping_of_, lifetime_of_;   // the outside addresses that they are of
};

}   // namespace sluice
