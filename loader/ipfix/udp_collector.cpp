// SPDX-License-Identifier: GPL-2.0-or-later
#include "ipfix/udp_collector.hpp"

#include <utility>

#include "talk/asio_address.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;
using boost::system::error_code;

// Whatever tunnel is on the way: such a datagram is not made into fragments (RFC 7011 section 10.3.3).
constexpr size_t kLongestDatagram = 1400;
// A collector that was started anew understands nothing until then; 248 bytes are little. (RFC 7011
// section 8.4 asks for three times in the half hour that a collector remembers them.)
constexpr std::chrono::seconds kTemplatesEach{5};
constexpr std::chrono::seconds kHeardUntil{3};   // a refusal comes after the message, and not after each

}   // namespace

UdpCollector::UdpCollector(asio::io_context& io, const Collector& collector, uint32_t domain,
                           CollectorCounts& counts)
    : CollectorLink(io, collector, domain, kLongestDatagram, counts), socket_(io) {}

void UdpCollector::send() {
  while (!waits_for_room_ && queue_.size() > 0) {
    if (!open()) return give_up();
    send_next();
  }
}

bool UdpCollector::open() {
  if (socket_.is_open()) return true;
  error_code error;
  const auto to = asio_endpoint<udp>(collector_.to);
  socket_.open(to.protocol(), error);
  if (!error) socket_.non_blocking(true, error);
  if (!error) socket_.connect(to, error);
  if (!error) return true;
  note_trouble("reach", error);
  refused_at_ = Clock::now();
  stop();
  return false;
}

void UdpCollector::stop() {
  error_code ignored;
  socket_.close(ignored);
}

// An error may be that of an earlier message, whose answer came only now; then this one was not sent, and is
// tried again, with templates for whoever comes next. What fails twice is lost, and the socket is made anew:
// its address may not be one of this machine any more.
void UdpCollector::send_next() {
  if (Clock::now() - templates_at_ >= kTemplatesEach) {
    session_.tell_templates();
    templates_at_ = Clock::now();
  }
  error_code error;
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto message = session_.message(queue_.waiting(), now());
    socket_.send(asio::buffer(message.bytes), 0, error);
    if (error == asio::error::would_block) return await_room();
    if (!error) return note_success(message);
    note_refusal(error);
    if (attempt == 0) continue;
    lose(message.records);
    queue_.take(message.records);
    counts_.waiting = queue_.size();
    stop();
  }
}

// Who is not there has lost the message before, whose sequence numbers are used.
void UdpCollector::note_refusal(const error_code& error) {
  note_trouble("tell", error);
  refused_at_ = Clock::now();
  session_.tell_templates();
  counts_.lost += std::exchange(last_, 0);
}

void UdpCollector::note_success(const IpfixSession::Message& message) {
  note_sent(message);
  last_ = message.records;
  if (!counts_.trouble.empty() && Clock::now() - refused_at_ > kHeardUntil) counts_.trouble.clear();
}

void UdpCollector::await_room() {
  waits_for_room_ = true;
  socket_.async_wait(udp::socket::wait_write, [this, self = shared_from_this()](const error_code&) {
    waits_for_room_ = false;
    if (!is_closed_) send();
  });
}

}   // namespace sluice
