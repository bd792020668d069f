// SPDX-License-Identifier: GPL-2.0-or-later
// One collector and what waits for it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <span>

#include "ipfix/record_queue.hpp"
#include "ipfix/session.hpp"
#include "ipfix/wire.hpp"

namespace sluice {

class CollectorLink : public std::enable_shared_from_this<CollectorLink> {
 public:
  // `counts` is added to until close(), and outlives that.
  static std::shared_ptr<CollectorLink> to(boost::asio::io_context& io, const Collector& collector,
                                           uint32_t domain, CollectorCounts& counts);
  virtual ~CollectorLink() = default;
  CollectorLink(const CollectorLink&) = delete;
  CollectorLink& operator=(const CollectorLink&) = delete;

  const Collector& collector() const { return collector_; }
  // They go out within a moment, together with what comes meanwhile.
  void add(std::span<const NatRecord> records);
  void lose(uint64_t records);   // that never got here
  virtual void start() {}
  virtual void send() = 0;   // what waits, as far as it goes without waiting
  virtual bool is_done() const { return queue_.size() == 0; }
  void close();   // what waits is lost

 protected:
  CollectorLink(boost::asio::io_context& io, Collector collector, uint32_t domain, size_t longest,
                CollectorCounts& counts);

  virtual void stop() = 0;   // closes the socket
  void give_up();            // what waits is lost
  static uint32_t now();     // as messages have it
  void note_sent(const IpfixSession::Message& message);
  void note_trouble(const char* doing, const boost::system::error_code& error);

  const Collector collector_;
  CollectorCounts& counts_;
  RecordQueue queue_;
  IpfixSession session_;
  bool is_closed_ = false;   // and nothing that was awaited matters any more

 private:
  boost::asio::steady_timer soon_;
  bool waits_ = false;
};

}   // namespace sluice
