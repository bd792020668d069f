// SPDX-License-Identifier: GPL-2.0-or-later
// One connection of TCP to another gateway, whoever dialled it. It stands once the other side has shown that
// it has the key and has said its name.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "sync/channel.hpp"
#include "sync/wire.hpp"

namespace sluice {

// Why a connection that stood has ended, where the other side wanted that.
inline constexpr const char* kSyncLeft = "it has ended the connection";

class SyncConnection : public std::enable_shared_from_this<SyncConnection> {
 public:
  // Nothing is called after close().
  struct Ends {
    std::function<void()> stand;
    std::function<void(const std::string& payload)> hear;
    std::function<void(const std::string& why)> end;   // once, never from within a call of its user
    std::function<bool()> is_full;                     // nothing more is to be heard, until go_on()
    std::function<void()> quiet;                       // is_quiet() is another; empty: nobody asks
  };

  // `order`: its key, and its node, which is what the other side is told and may not be called.
  SyncConnection(boost::asio::ip::tcp::socket socket, SyncSide side, const SyncOrder& order, Ends ends);

  void start();
  void say(std::string_view payload);   // of one that stands
  void go_on();
  void close();

  bool stands() const { return stands_ && !is_closed_; }
  bool is_quiet() const { return is_quiet_; }         // where it is to be missed at once
  const std::string& node() const { return node_; }   // of the other side, once it stands

 private:
  void read();
  void note_read(size_t bytes);
  std::string why_not_read(const boost::system::error_code& error) const;
  void greet();
  void heed_held();
  Result<> heed(const std::string& message);
  Result<> stand(std::string_view greeting);
  void send(std::string_view bytes);
  void write();
  void watch();
  void look();
  void note_quiet(bool is_quiet);
  void end(const std::string& why);
  void leave();

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer watch_;
  SyncChannel channel_;
  const SyncSide side_;
  const std::string own_node_;
  const bool quick_;
  Ends ends_;
  bool has_greeted_ = false, stands_ = false, is_closed_ = false, is_left_ = false;
  bool writes_ = false, pauses_ = false, is_quiet_ = false;
  const std::chrono::steady_clock::time_point began_;
  std::chrono::steady_clock::time_point heard_;   // last
  std::string node_, waiting_, writing_;
  std::deque<std::string> held_;   // messages that came and were not heeded yet
  std::array<char, size_t{64} << 10> input_;
};

}   // namespace sluice
