// SPDX-License-Identifier: GPL-2.0-or-later
// Raw sockets that send SYNs from one address of the gateway, and hear what answers them. Needs CAP_NET_RAW.
// Those that send are others than the one that hears: an error that one target has caused must not be that of
// the next SYN.
#pragma once

#include <linux/filter.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/system/error_code.hpp>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/unique_fd.hpp"
#include "health/syn_packet.hpp"

namespace sluice {

// An error of ICMP about a packet that was sent.
struct SynError {
  Endpoint about;   // where it was sent
  QuotedSyn syn;
  boost::system::error_code why;
};

class SynSocket : public std::enable_shared_from_this<SynSocket> {
 public:
  struct Ear {
    std::function<void(SynSocket&, const SynAnswer&)> answer;
    std::function<void(SynSocket&, const SynError&)> error;
  };

  // Of the device of that name; empty: of any. `filter`: what is heard.
  SynSocket(boost::asio::io_context& io, const IpAddress& source, std::string device);
  boost::system::error_code open(std::span<const sock_filter> filter, Ear ear);
  // Its ear hears nothing any more.
  void close();

  const IpAddress& source() const { return source_; }
  const std::string& device() const { return device_; }
  // A packet of IP whole; what has no room on its way is lost.
  boost::system::error_code send(const IpAddress& to, std::span<const uint8_t> packet);
  // What has come until now, without waiting. A flood is heard in parts.
  void hear();

 private:
  using Descriptor = boost::asio::posix::stream_descriptor;

  UniqueFd open_raw(int protocol, boost::system::error_code& error) const;
  boost::system::error_code open_sender();
  void await();
  int read_some();
  void take(size_t number, size_t size);
  void hear_errors();
  bool hear_error();

  IpAddress source_;
  std::string device_;
  Descriptor hearing_;
  Ear ear_;
  std::vector<UniqueFd> senders_;
  size_t sender_ = 0;   // that has sent last
};

}   // namespace sluice
