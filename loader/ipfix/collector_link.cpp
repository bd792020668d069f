// SPDX-License-Identifier: GPL-2.0-or-later
#include "ipfix/collector_link.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "ipfix/tcp_collector.hpp"
#include "ipfix/udp_collector.hpp"

namespace sluice {
namespace {

constexpr size_t kMostWaiting = 262'144;   // 16 MiB
// So that a message has more than one event, where there are many. Of so many no one waits for more: a burst
// is no longer than the buffer of a collector's socket.
constexpr std::chrono::milliseconds kSoon{20};
constexpr size_t kEnough = 256;

}   // namespace

std::shared_ptr<CollectorLink> CollectorLink::to(boost::asio::io_context& io, const Collector& collector,
                                                 uint32_t domain, CollectorCounts& counts) {
  if (collector.protocol == CollectorProtocol::kTcp)
    return std::make_shared<TcpCollector>(io, collector, domain, counts);
  return std::make_shared<UdpCollector>(io, collector, domain, counts);
}

CollectorLink::CollectorLink(boost::asio::io_context& io, Collector collector, uint32_t domain,
                             size_t longest, CollectorCounts& counts)
    : collector_(std::move(collector)),
      counts_(counts),
      queue_(kMostWaiting),
      session_(domain, longest),
      soon_(io) {}

void CollectorLink::add(std::span<const NatRecord> records) {
  lose(queue_.add(records));
  counts_.waiting = queue_.size();
  if (queue_.size() >= kEnough) return send();
  if (std::exchange(waits_, true)) return;
  soon_.expires_after(kSoon);
  soon_.async_wait([this, self = shared_from_this()](const boost::system::error_code&) {
    waits_ = false;
    if (!is_closed_) send();
  });
}

void CollectorLink::lose(uint64_t records) {
  counts_.lost += records;
  session_.skip(records);
}

void CollectorLink::give_up() {
  lose(queue_.size());
  queue_.take(queue_.size());
  counts_.waiting = 0;
}

void CollectorLink::close() {
  give_up();
  counts_.trouble.clear();
  is_closed_ = true;
  soon_.cancel();
  stop();
}

uint32_t CollectorLink::now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(since).count());
}

void CollectorLink::note_sent(const IpfixSession::Message& message) {
  session_.note_sent(message);
  queue_.take(message.records);
  counts_.sent += message.records;
  counts_.waiting = queue_.size();
}

void CollectorLink::note_trouble(const char* doing, const boost::system::error_code& error) {
  counts_.trouble = fmt::format("nat_log: collector \"{}\": {} {}: {}", collector_.name, doing,
                                to_string(collector_.to), error.message());
}

}   // namespace sluice
