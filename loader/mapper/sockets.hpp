// SPDX-License-Identifier: GPL-2.0-or-later
// The sockets that hosts ask for ports at, and are told that what they have may be lost.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mapper/mapper.hpp"

namespace sluice {

class MappingSocket;

// All places of an order. What cannot be had is tried again each second.
class MappingSockets {
 public:
  MappingSockets(boost::asio::io_context& io, Mapper& mapper);
  ~MappingSockets();
  MappingSockets(const MappingSockets&) = delete;
  MappingSockets& operator=(const MappingSockets&) = delete;

  // After the mapper has the order.
  void follow();
  // Tells all hosts of IPv4 of the epoch, by both protocols.
  void announce();
  // Sentences.
  std::vector<std::string> troubles() const;

 private:
  using Place = std::pair<std::string, ListenPlace>;   // with its zone
  struct Seat {
    std::shared_ptr<MappingSocket> socket;
    std::string trouble;
  };

  void open();
  void open(const Place& place, Seat& seat);

  boost::asio::io_context& io_;
  Mapper& mapper_;
  std::map<Place, Seat> seats_;
  boost::asio::steady_timer retry_;
};

}   // namespace sluice
