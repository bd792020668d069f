// SPDX-License-Identifier: GPL-2.0-or-later
#include "sync/connection.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <iterator>
#include <utility>

namespace sluice {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Both sides say something each half second, were it nothing; who says nothing for so long is not there.
constexpr milliseconds kHeartbeatEach{500}, kLongestSilence{3000}, kLongestHandshake{3000};
constexpr milliseconds kQuickHeartbeat{50}, kQuiet{250};   // where who says nothing is missed at once
constexpr size_t kMostWaiting = size_t{8} << 20;

}   // namespace

SyncConnection::SyncConnection(tcp::socket socket, SyncSide side, const SyncOrder& order, Ends ends)
    : socket_(std::move(socket)),
      watch_(socket_.get_executor()),
      channel_(side, order.key),
      side_(side),
      own_node_(order.node),
      quick_(order.quick),
      ends_(std::move(ends)),
      began_(steady_clock::now()),
      heard_(began_) {}

void SyncConnection::start() {
  if (side_ == SyncSide::kDialler) send(channel_.open());
  read();
  watch();
}

// The listener answers: who only tries what is at the port learns nothing.
void SyncConnection::greet() {
  if (has_greeted_ || !channel_.can_seal()) return;
  has_greeted_ = true;
  if (side_ == SyncSide::kListener) send(channel_.open());
  send(channel_.seal(encode_sync_greeting(own_node_)));
}

void SyncConnection::read() {
  socket_.async_read_some(asio::buffer(input_),
                          [this, self = shared_from_this()](const error_code& error, size_t bytes) {
                            if (is_closed_) return;
                            if (!error) return note_read(bytes);
                            end(why_not_read(error));
                          });
}

// Who has another key ends what it cannot read; that is all that is seen of it here.
std::string SyncConnection::why_not_read(const error_code& error) const {
  const bool is_ended = error == asio::error::eof;
  if (!stands_ && (is_ended || error == asio::error::connection_reset))
    return "it ends the connection before it says who it is; maybe it has another key";
  return is_ended ? kSyncLeft : error.message();
}

void SyncConnection::note_read(size_t bytes) {
  heard_ = steady_clock::now();
  note_quiet(false);
  auto messages = channel_.take({input_.data(), bytes});
  if (!messages) return end(messages.error().message);
  std::ranges::move(*messages, std::back_inserter(held_));
  greet();
  heed_held();
}

// Who has said who it is waits while nobody takes what it says; until then it says nothing that is passed on.
void SyncConnection::heed_held() {
  while (!held_.empty()) {
    pauses_ = stands_ && ends_.is_full();
    if (pauses_) return;
    const std::string message = std::move(held_.front());
    held_.pop_front();
    if (const auto heeded = heed(message); !heeded) return end(heeded.error().message);
    if (is_closed_) return;
  }
  read();
}

Result<> SyncConnection::heed(const std::string& message) {
  if (!stands_) return stand(message);
  if (message.empty()) return {};   // it is still there
  if (!is_sync_payload(message)) return fail("it says what makes no sense");
  ends_.hear(message);
  return {};
}

// A connection that leads back here, by somebody between the gateways, would make this one hear itself.
Result<> SyncConnection::stand(std::string_view greeting) {
  node_ = TRY(decode_sync_greeting(greeting));
  if (node_ == own_node_) return fail("it has the name of this node");
  stands_ = true;
  ends_.stand();
  return {};
}

void SyncConnection::go_on() {
  if (!std::exchange(pauses_, false) || is_closed_) return;
  heard_ = steady_clock::now();   // it was not listened to
  heed_held();
}

void SyncConnection::say(std::string_view payload) {
  if (!stands()) return;
  if (waiting_.size() + writing_.size() + payload.size() > kMostWaiting)
    return end("it does not take what it is sent");
  send(channel_.seal(payload));
}

void SyncConnection::send(std::string_view bytes) {
  waiting_ += bytes;
  if (!writes_) write();
}

void SyncConnection::write() {
  writes_ = true;
  writing_ = std::exchange(waiting_, {});
  asio::async_write(socket_, asio::buffer(writing_),
                    [this, self = shared_from_this()](const error_code& error, size_t) {
                      writes_ = false;
                      writing_.clear();
                      if (is_closed_) return;
                      if (error) return end(error.message());
                      if (!waiting_.empty()) write();
                    });
}

void SyncConnection::watch() {
  watch_.expires_after(quick_ ? kQuickHeartbeat : kHeartbeatEach);
  watch_.async_wait([this, self = shared_from_this()](const error_code& error) {
    if (error || is_closed_) return;
    look();
    if (!is_closed_) watch();
  });
}

void SyncConnection::look() {
  const auto now = steady_clock::now();
  // Single bytes do not make the handshake any longer.
  if (!stands_ && now - began_ >= kLongestHandshake) return end("it does not say who it is within 3 s");
  const bool is_silent = now - heard_ >= kLongestSilence;
  if (stands_ && is_silent && !pauses_) return end("it has said nothing for 3 s");
  if (quick_ && !pauses_) note_quiet(now - heard_ >= kQuiet);
  if (stands_ && !writes_) send(channel_.seal(""));
}

void SyncConnection::note_quiet(bool is_quiet) {
  if (std::exchange(is_quiet_, is_quiet) != is_quiet && ends_.quiet) ends_.quiet();
}

void SyncConnection::end(const std::string& why) {
  if (is_closed_) return;
  leave();
  asio::post(socket_.get_executor(), [this, self = shared_from_this(), why] {
    if (!is_left_) ends_.end(why);
  });
}

void SyncConnection::close() {
  is_left_ = true;
  leave();
}

void SyncConnection::leave() {
  if (std::exchange(is_closed_, true)) return;
  error_code ignored;
  socket_.close(ignored);
  watch_.cancel();
}

}   // namespace sluice
