// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "resolver/listener.hpp"
#include "resolver/place_socket.hpp"

namespace sluice {
namespace {

using Tcp = boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::seconds kIdle{10}, kAcceptAgain{1};

// One connection, one question after the other (RFC 7766). Who is silent for 10 s loses it.
class Stream : public std::enable_shared_from_this<Stream> {
  // Before its uses: what it answers has no name.
  template <class Then>
  auto heard(Then then) {
    return
        [self = shared_from_this(), then](const error_code& error, size_t) { error ? self->end() : then(); };
  }

 public:
  Stream(Tcp::socket socket, Resolver& resolver, ClientSlots& slots, std::string zone,
         const IpAddress& client)
      : socket_(std::move(socket)),
        timer_(socket_.get_executor()),
        resolver_(resolver),
        slots_(slots),
        zone_(std::move(zone)),
        client_(client) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { slots_.give_back(dns::client_of(client_)); }

  void await_question() {
    await_end();
    boost::asio::async_read(socket_, boost::asio::buffer(length_), heard([this] { read_question(); }));
  }

 private:
  void await_end() {
    timer_.expires_after(kIdle);
    timer_.async_wait([weak = weak_from_this()](const error_code& error) {
      const auto self = weak.lock();
      if (!error && self) self->end();
    });
  }

  void end() {
    error_code ignored;
    timer_.cancel();
    socket_.close(ignored);
  }

  void read_question() {
    message_.resize(size_t{length_[0]} << 8 | length_[1]);
    boost::asio::async_read(socket_, boost::asio::buffer(message_), heard([this] { ask(); }));
  }

  void ask() {
    resolver_.ask(zone_, client_, message_, dns::kLongestMessage,
                  [self = shared_from_this()](dns::Bytes answer) { self->write(std::move(answer)); });
  }

  void write(dns::Bytes answer) {
    if (answer.empty()) return end();
    await_end();
    message_ = std::move(answer);
    length_ = {static_cast<uint8_t>(message_.size() >> 8), static_cast<uint8_t>(message_.size() & 0xff)};
    const std::array<boost::asio::const_buffer, 2> both{boost::asio::buffer(length_),
                                                        boost::asio::buffer(message_)};
    boost::asio::async_write(socket_, both, heard([this] { await_question(); }));
  }

  Tcp::socket socket_;
  boost::asio::steady_timer timer_;
  Resolver& resolver_;
  ClientSlots& slots_;
  const std::string zone_;
  const IpAddress client_;
  std::array<uint8_t, 2> length_{};
  dns::Bytes message_;
};

class Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(boost::asio::io_context& io, Resolver& resolver, ClientSlots& slots, std::string zone)
      : acceptor_(io), again_(io), resolver_(resolver), slots_(slots), zone_(std::move(zone)) {}

  Result<> open(const ListenPlace& place) {
    TRY(open_at(acceptor_, place, true));
    error_code error;
    acceptor_.listen(boost::asio::socket_base::max_listen_connections, error);
    return error ? fail("listen for connections: " + error.message()) : Result<>{};
  }

  void close() {
    error_code ignored;
    again_.cancel();
    acceptor_.close(ignored);
  }

  void await() {
    acceptor_.async_accept([self = shared_from_this()](const error_code& error, Tcp::socket socket) {
      if (!self->acceptor_.is_open()) return;
      if (error) return self->await_later();   // no descriptor is left
      self->serve(std::move(socket));
      self->await();
    });
  }

 private:
  void serve(Tcp::socket socket) {
    error_code error;
    const auto peer = socket.remote_endpoint(error);
    if (error) return;
    const IpAddress client = address_of_asio(peer.address());
    if (!slots_.take(dns::client_of(client))) return;   // which closes it
    std::make_shared<Stream>(std::move(socket), resolver_, slots_, zone_, client)->await_question();
  }

  void await_later() {
    again_.expires_after(kAcceptAgain);
    again_.async_wait([self = shared_from_this()](const error_code& error) {
      if (!error) self->await();
    });
  }

  Tcp::acceptor acceptor_;
  boost::asio::steady_timer again_;
  Resolver& resolver_;
  ClientSlots& slots_;
  const std::string zone_;
};

class StreamListener final : public Listener {
 public:
  explicit StreamListener(std::shared_ptr<Acceptor> acceptor) : acceptor_(std::move(acceptor)) {}
  StreamListener(const StreamListener&) = delete;
  StreamListener& operator=(const StreamListener&) = delete;
  ~StreamListener() override { acceptor_->close(); }

 private:
  std::shared_ptr<Acceptor> acceptor_;
};

}   // namespace

Result<std::unique_ptr<Listener>> listen_for_streams(boost::asio::io_context& io, Resolver& resolver,
                                                     ClientSlots& slots, const std::string& zone,
                                                     const ListenPlace& place) {
  auto acceptor = std::make_shared<Acceptor>(io, resolver, slots, zone);
  TRY(acceptor->open(place));
  acceptor->await();
  return std::make_unique<StreamListener>(std::move(acceptor));
}

}   // namespace sluice
