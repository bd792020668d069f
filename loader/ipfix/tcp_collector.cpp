// SPDX-License-Identifier: GPL-2.0-or-later
#include "ipfix/tcp_collector.hpp"

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <boost/asio/write.hpp>
#include <utility>

#include "talk/asio_address.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

constexpr size_t kLongestMessage = 32'768;
constexpr milliseconds kFirstPause{100}, kLongestPause{10'000}, kTimeToConnect{5000};
constexpr int kTimeToAcknowledge = 30'000;   // milliseconds

}   // namespace

TcpCollector::TcpCollector(asio::io_context& io, const Collector& collector, uint32_t domain,
                           CollectorCounts& counts)
    : CollectorLink(io, collector, domain, kLongestMessage, counts),
      domain_(domain),
      socket_(io),
      retry_(io),
      deadline_(io),
      pause_(kFirstPause),
      lost_before_(counts.lost) {}

void TcpCollector::stop() {
  error_code ignored;
  socket_.close(ignored);
  retry_.cancel();
  deadline_.cancel();
}

void TcpCollector::connect() {
  deadline_.expires_after(kTimeToConnect);
  deadline_.async_wait([this, self = shared_from_this()](const error_code& stopped) {
    error_code ignored;
    if (!stopped && !is_connected_) socket_.close(ignored);
  });
  const auto connected = [this, self = shared_from_this()](const error_code& error) {
    deadline_.cancel();
    if (is_closed_) return;
    if (error == asio::error::operation_aborted) return end("connect to", asio::error::timed_out);
    if (error) return end("connect to", error);
    begin();
  };
  socket_.async_connect(asio_endpoint<tcp>(collector_.to), connected);
}

// What was lost while there was no connection is missing at the beginning of this one.
void TcpCollector::begin() {
  error_code ignored;
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &kTimeToAcknowledge,
               sizeof(kTimeToAcknowledge));
  counts_.trouble.clear();
  pause_ = kFirstPause;
  is_connected_ = true;
  written_ = 0;
  session_ = IpfixSession(domain_, kLongestMessage);
  session_.skip(counts_.lost - lost_before_);
  read();
  send();
}

void TcpCollector::read() {
  socket_.async_read_some(asio::buffer(ignored_),
                          [this, self = shared_from_this()](const error_code& error, size_t) {
                            if (is_closed_ || error == asio::error::operation_aborted) return;
                            if (error) return end("tell", error);
                            read();
                          });
}

void TcpCollector::send() {
  if (!is_connected_ || writes_ || queue_.size() == 0) return;
  writes_ = true;
  writing_ = session_.message(queue_.waiting(), now());
  note_sent(writing_);
  on_the_way_.push_back({written_ + writing_.bytes.size(), writing_.records});
  asio::async_write(socket_, asio::buffer(writing_.bytes),
                    [this, self = shared_from_this()](const error_code& error, size_t bytes) {
                      if (!is_closed_ && is_connected_) note_written(error, bytes);
                    });
}

void TcpCollector::note_written(const error_code& error, size_t bytes) {
  writes_ = false;
  written_ += bytes;
  if (error) return end("tell", error);
  note_acknowledged();
  send();
}

uint64_t TcpCollector::acknowledged() {
  int left = 0;
  if (::ioctl(socket_.native_handle(), SIOCOUTQ, &left) != 0) return 0;
  return written_ - std::min(written_, static_cast<uint64_t>(left));
}

void TcpCollector::note_acknowledged() {
  const uint64_t there = acknowledged();
  while (!on_the_way_.empty() && on_the_way_.front().end <= there) on_the_way_.pop_front();
}

// What the other side has not acknowledged is lost: nobody knows whether it was read.
void TcpCollector::end(const char* doing, const error_code& error) {
  note_trouble(doing, error);
  if (std::exchange(is_connected_, false)) {
    note_acknowledged();
    lost_before_ = counts_.lost;
    for (const Sent& one : std::exchange(on_the_way_, {})) counts_.lost += one.records;
  }
  writes_ = false;
  error_code ignored;
  socket_.close(ignored);
  retry_.expires_after(pause_);
  pause_ = std::min(2 * pause_, kLongestPause);
  retry_.async_wait([this, self = shared_from_this()](const error_code& stopped) {
    if (!stopped && !is_closed_) connect();
  });
}

}   // namespace sluice
