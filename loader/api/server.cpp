// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/server.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <utility>

#include "api/router.hpp"
#include "api/session.hpp"
#include "api/socket_file.hpp"

namespace sluice {

namespace asio = boost::asio;
using Socket = asio::local::stream_protocol::socket;

namespace {

// How long to wait before accepting again when the process has no descriptor left.
constexpr std::chrono::milliseconds kAcceptPause{100};

std::string busy_answer(size_t connections) {
  const Error error{fmt::format("sluiced has {} connections open: try again", connections)};
  const std::string body = error_response(503, error).body.dump() + "\n";
  return fmt::format(
      "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: {}\r\n"
      "Connection: close\r\n\r\n{}",
      body.size(), body);
}

}   // namespace

class Server::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, SocketFile file, Service& service, ServerLimits limits)
      : io_(io), acceptor_(io), pause_(io), file_(std::move(file)), service_(service), limits_(limits) {}

  Result<> open();
  void accept();
  void stop();
  void finish(std::function<void()> done);

 private:
  void on_accept(const boost::system::error_code& error, Socket socket);
  bool has_place(Socket& socket) const;
  void admit(Socket socket);
  void turn_away(Socket socket) const;
  void on_end(Session* session);
  void close_door();

  asio::io_context& io_;
  asio::local::stream_protocol::acceptor acceptor_;
  asio::steady_timer pause_;
  SocketFile file_;
  Service& service_;
  const ServerLimits limits_;
  std::shared_ptr<int> large_bodies_ = std::make_shared<int>(0), listeners_ = std::make_shared<int>(0);
  std::map<Session*, std::shared_ptr<Session>> sessions_;
  std::function<void()> done_;
};

Result<> Server::Impl::open() {
  boost::system::error_code error;
  UniqueFd fd = file_.take_fd();
  acceptor_.assign(asio::local::stream_protocol(), fd.get(), error);
  if (error) return fail_errno("watch the control socket", error.value());
  fd.release();
  accept();
  return {};
}

void Server::Impl::accept() {
  acceptor_.async_accept([weak = weak_from_this()](const boost::system::error_code& error, Socket socket) {
    if (const auto self = weak.lock()) self->on_accept(error, std::move(socket));
  });
}

void Server::Impl::on_accept(const boost::system::error_code& error, Socket socket) {
  if (!acceptor_.is_open()) return;
  if (!error) {
    admit(std::move(socket));
    return accept();
  }
  pause_.expires_after(kAcceptPause);
  pause_.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
    if (const auto self = weak.lock(); self && !cancelled) self->accept();
  });
}

// Whoever holds the others: who can end that finds a place.
bool Server::Impl::has_place(Socket& socket) const {
  const size_t used = sessions_.size() + (peer_is_owner(socket.native_handle()) ? 0 : limits_.kept);
  return used < limits_.connections;
}

void Server::Impl::admit(Socket socket) {
  if (!has_place(socket)) return turn_away(std::move(socket));
  const auto on_end = [weak = weak_from_this()](Session* session) {
    if (const auto self = weak.lock()) self->on_end(session);
  };
  const auto session = make_session(std::move(socket), {.service = service_,
                                                        .timeout = limits_.timeout,
                                                        .large_bodies = large_bodies_,
                                                        .on_end = on_end,
                                                        .listeners = listeners_});
  sessions_.emplace(session.get(), session);
  session->start();
}

// One attempt without waiting: a fresh socket's buffer is empty, so the sentence fits.
void Server::Impl::turn_away(Socket socket) const {
  const std::string answer = busy_answer(sessions_.size());
  [[maybe_unused]] const auto sent =
      ::send(socket.native_handle(), answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void Server::Impl::on_end(Session* session) {
  sessions_.erase(session);
  if (sessions_.empty() && done_) asio::post(io_, std::exchange(done_, nullptr));
}

void Server::Impl::close_door() {
  boost::system::error_code ignored;   // nothing is left to do for a socket that cannot be closed
  acceptor_.close(ignored);
  pause_.cancel();
  file_.remove();
}

void Server::Impl::stop() {
  close_door();
  done_ = nullptr;
  for (const auto& [key, session] : std::exchange(sessions_, {})) session->close();
}

void Server::Impl::finish(std::function<void()> done) {
  close_door();
  done_ = std::move(done);
  const auto sessions = sessions_;   // a session that ends takes itself off the list
  for (const auto& [key, session] : sessions) session->finish();
  if (sessions.empty() && done_) asio::post(io_, std::exchange(done_, nullptr));
}

Result<std::unique_ptr<Server>> Server::start(asio::io_context& io, std::filesystem::path socket,
                                              Service& service, ServerLimits limits) {
  auto file = TRY(SocketFile::listen(std::move(socket)));
  auto impl = std::make_shared<Impl>(io, std::move(file), service, limits);
  TRY(impl->open());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { stop(); }
void Server::stop() { impl_->stop(); }
void Server::finish(std::function<void()> done) { impl_->finish(std::move(done)); }

}   // namespace sluice
