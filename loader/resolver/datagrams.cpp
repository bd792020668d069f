// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>
#include <boost/asio/buffer.hpp>
#include <utility>

#include "resolver/listener.hpp"
#include "resolver/place_socket.hpp"

namespace sluice {
namespace {

using Udp = boost::asio::ip::udp;

// Questions in datagrams. Who has no room for an answer loses it, as on any network.
class Datagrams : public std::enable_shared_from_this<Datagrams> {
 public:
  Datagrams(boost::asio::io_context& io, Resolver& resolver, std::string zone)
      : socket_(io), resolver_(resolver), zone_(std::move(zone)) {}

  Result<> open(const ListenPlace& place) { return open_at(socket_, place, false); }
  void close() { socket_.close(ignored_); }

  void await() {
    socket_.async_receive_from(
        boost::asio::buffer(buffer_), from_,
        [self = shared_from_this()](const boost::system::error_code& error, size_t size) {
          if (!self->socket_.is_open()) return;
          if (!error) self->ask(size);   // an error is an answer that somebody did not take
          self->await();
        });
  }

 private:
  void ask(size_t size) {
    resolver_.ask(zone_, address_of_asio(from_.address()), {buffer_.data(), size}, 0,
                  [self = shared_from_this(), to = from_](const dns::Bytes& answer) {
                    if (!answer.empty() && self->socket_.is_open())
                      self->socket_.send_to(boost::asio::buffer(answer), to, 0, self->ignored_);
                  });
  }

  Udp::socket socket_;
  Resolver& resolver_;
  const std::string zone_;
  std::array<uint8_t, dns::kEdnsPayload> buffer_{};
  Udp::endpoint from_;
  boost::system::error_code ignored_;
};

class DatagramListener final : public Listener {
 public:
  explicit DatagramListener(std::shared_ptr<Datagrams> datagrams) : datagrams_(std::move(datagrams)) {}
  DatagramListener(const DatagramListener&) = delete;
  DatagramListener& operator=(const DatagramListener&) = delete;
  ~DatagramListener() override { datagrams_->close(); }

 private:
  std::shared_ptr<Datagrams> datagrams_;
};

}   // namespace

Result<std::unique_ptr<Listener>> listen_for_datagrams(boost::asio::io_context& io, Resolver& resolver,
                                                       const std::string& zone, const ListenPlace& place) {
  auto datagrams = std::make_shared<Datagrams>(io, resolver, zone);
  TRY(datagrams->open(place));
  datagrams->await();
  return std::make_unique<DatagramListener>(std::move(datagrams));
}

}   // namespace sluice
