// SPDX-License-Identifier: GPL-2.0-or-later
#include "sync/daemon_writer.hpp"

#include <boost/asio/write.hpp>
#include <utility>

namespace sluice {

namespace asio = boost::asio;
using boost::system::error_code;

SyncDaemonWriter::SyncDaemonWriter(asio::io_context& io, int socket, std::function<void()> has_room)
    : socket_(io, asio::local::stream_protocol(), socket), has_room_(std::move(has_room)) {}

bool SyncDaemonWriter::is_full() const {
  constexpr size_t kMostForDaemon = size_t{4} << 20;
  return waiting_.size() + writing_.size() > kMostForDaemon;
}

void SyncDaemonWriter::say(std::string_view line) {
  waiting_ += line;
  was_full_ = was_full_ || is_full();
  if (!writes_) write();
}

// Where nobody reads any more it is lost: this process ends, as soon as it hears that.
void SyncDaemonWriter::write() {
  writes_ = true;
  writing_ = std::exchange(waiting_, {});
  asio::async_write(socket_, asio::buffer(writing_), [this](const error_code& error, size_t) {
    writes_ = false;
    writing_.clear();
    if (error) return waiting_.clear();
    if (!waiting_.empty()) write();
    if (was_full_ && !is_full()) {
      was_full_ = false;
      has_room_();
    }
  });
}

}   // namespace sluice
