// SPDX-License-Identifier: GPL-2.0-or-later
// Checks by TCP that make no connection: a SYN is sent, and what answers it is judged. The kernel, which
// knows nothing of it, answers a SYN-ACK by a reset. Nobody has the backend's port but the backend: its
// accept queue stays empty, and the application hears nothing.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "health/check.hpp"
#include "health/source_ports.hpp"
#include "health/syn_ways.hpp"

namespace sluice {

class HalfOpenChecks {
 public:
  HalfOpenChecks(boost::asio::io_context& io, const SourcePorts& ports);
  ~HalfOpenChecks();

  // Why there are none; empty: there are.
  const std::string& trouble() const { return trouble_; }
  // Where a target cannot be asked like this it is connected to.
  std::shared_ptr<Check> make(Asked target, Check::Done done);
  // What has come meanwhile, so that answers do not wait for all questions of a turn.
  void hear();
  // Of those that were not asked for minutes nothing is known any more.
  void forget_old();

 private:
  using Clock = std::chrono::steady_clock;
  class HalfOpenCheck;

  // Whom an answer is from.
  struct Key {
    Endpoint target;
    uint16_t source_port = 0;
    std::string device;
    bool operator==(const Key&) const = default;
  };
  struct HashOfKey {
    size_t operator()(const Key& key) const;
  };
  // What is known of one from check to check.
  struct Place {
    SynWays::Socket socket;
    Clock::time_point way_found{}, asked{};
    uint32_t number = 0;
    HalfOpenCheck* asking = nullptr;   // that waits for an answer
  };
  // getrandom(2), many at once.
  class Chance {
   public:
    uint32_t next();

   private:
    std::array<uint32_t, 256> words_{};
    size_t left_ = 0;
  };

  void begin(const CheckQuestion& target, Place& place);
  boost::system::error_code send(const CheckQuestion& target, Place& place, bool by_new_way);
  boost::system::error_code find_way(const CheckQuestion& target, Place& place);
  Place* find(const SynSocket& socket, const Endpoint& target, uint16_t source_port, uint32_t number);
  void take(const SynSocket& socket, const SynAnswer& answer);
  void take(const SynSocket& socket, const SynError& error);

  boost::asio::io_context& io_;
  Chance chance_;
  SynNumbers numbers_;
  SynWays ways_;
  std::unordered_map<Key, Place, HashOfKey> places_;
  std::vector<SynWays::Socket> sent_by_;   // since they were heard
  std::string trouble_;
  bool has_ipv6_ = true;
};

}   // namespace sluice
