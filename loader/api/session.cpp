// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/session.hpp"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <utility>

#include "api/feed_writer.hpp"
#include "api/router.hpp"
#include "api/row_text.hpp"
#include "api/socket_file.hpp"

namespace sluice {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Stream = FeedWriter::Stream;

// Room for what a client sends ahead; more waits in the kernel's buffer.
constexpr size_t kReadAhead = size_t{64} * 1024 + kHeaderLimit;

// A short list is sent at once; of a long one so much, and then others have their turn.
constexpr size_t kRowsAtOnce = size_t{64} * 1024;
constexpr int kReadsAtOnce = 64;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

// Counts one large body, or one answer without an end, for as long as it lives.
class Counted {
 public:
  explicit Counted(std::shared_ptr<int> count) : count_(std::move(count)) { ++*count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --*count_; }

 private:
  std::shared_ptr<int> count_;
};

class HttpSession final : public Session, public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(asio::local::stream_protocol::socket socket, SessionContext context)
      : context_(std::move(context)),
        user_(context_.visitor ? context_.visitor->who : peer_user(socket.native_handle())),
        is_owner_(!context_.visitor && peer_is_owner(socket.native_handle())),
        stream_(std::move(socket)) {
    buffer_.reserve(kReadAhead);   // Beast asks for as much as there is room for; empty, for 512 bytes
  }

  void start() override { read_header(); }
  void close() override;
  void finish() override;

 private:
  using Code = beast::error_code;
  auto then(void (HttpSession::*member)(Code)) {
    return [self = shared_from_this(), member](Code error, size_t) { (self.get()->*member)(error); };
  }

  void read_header();
  void on_header(Code error);
  void on_continue(Code error);
  void on_request(Code error);
  void on_written(Code error);
  bool is_large() const;
  void read_body();
  ApiResponse answer_to(const ApiRequest& asked);
  void refuse(Code error);
  void respond(ApiResponse answer, bool keep_alive);
  void begin_feed(std::shared_ptr<Feed> feed);
  void hand_over(const HandOver& taker);
  void begin_rows(ApiResponse answer);
  void on_piece_written(Code error);
  void write_piece();
  void end_rows();

  SessionContext context_;
  const std::string user_;
  const bool is_owner_;
  Stream stream_;
  beast::flat_buffer buffer_{kReadAhead};
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<Counted> large_, listens_;
  http::response<http::empty_body> continue_;
  http::response<http::string_body> response_;
  // An answer in pieces (RFC 9112 section 7.1), for as long as it is being sent.
  std::optional<RowText> rows_;
  http::response<http::empty_body> head_;
  std::optional<http::response_serializer<http::empty_body>> head_out_;
  std::string piece_;
  std::shared_ptr<FeedWriter> feed_;   // one without an end
  bool more_rows_ = false;
  bool keep_alive_ = false;
  bool answering_ = false, finishing_ = false, closed_ = false;
};

void HttpSession::close() {
  if (std::exchange(closed_, true)) return;
  Code ignored;   // the other side may have closed first
  stream_.socket().shutdown(asio::local::stream_protocol::socket::shutdown_both, ignored);
  stream_.close();
  large_.reset();
  listens_.reset();
  rows_.reset();
  if (feed_) feed_->drop();
  if (context_.on_end) std::exchange(context_.on_end, nullptr)(this);
}

void HttpSession::finish() {
  finishing_ = true;
  if (!answering_ || feed_) close();
}

void HttpSession::read_header() {
  parser_.emplace();
  parser_->header_limit(kHeaderLimit);
  parser_->body_limit(kBodyLimit);
  stream_.expires_after(context_.timeout);
  http::async_read_header(stream_, buffer_, *parser_, then(&HttpSession::on_header));
}

bool HttpSession::is_large() const {
  const auto length = parser_->content_length();
  return parser_->chunked() || (length && *length > kSmallBody);
}

void HttpSession::on_header(Code error) {
  if (closed_) return;
  if (error) return refuse(error);
  if (is_large() && *context_.large_bodies >= kLargeBodies)
    return respond(error_response(503, Error{"sluiced is reading several large documents: try again"}),
                   false);
  if (is_large()) large_.emplace(context_.large_bodies);
  if (!beast::iequals(parser_->get()[http::field::expect], "100-continue")) return read_body();
  continue_ = {http::status::continue_, 11};
  http::async_write(stream_, continue_, then(&HttpSession::on_continue));
}

void HttpSession::on_continue(Code error) {
  if (closed_) return;
  return error ? close() : read_body();
}

void HttpSession::read_body() {
  http::async_read(stream_, buffer_, *parser_, then(&HttpSession::on_request));
}

void HttpSession::on_request(Code error) {
  if (closed_) return;
  if (error) return refuse(error);
  answering_ = true;
  const auto request = parser_->release();
  const ApiRequest asked{view(request.method_string()),
                         view(request.target()),
                         request.body(),
                         user_,
                         body_format(view(request[http::field::content_type])),
                         is_owner_};
  auto answer = answer_to(asked);
  large_.reset();
  // An answer to HEAD must not have the body that ours has: its reader would take that for the next answer.
  respond(std::move(answer), request.keep_alive() && request.method() != http::verb::head);
}

ApiResponse HttpSession::answer_to(const ApiRequest& asked) {
  if (!context_.visitor || may_ask(*context_.visitor, asked.method, asked.target))
    return route(context_.service, asked);
  return error_response(403, Error{"the page may not do that", ErrorKind::kNotPermitted});
}

// A client that is gone or slow gets nothing; one whose request cannot be read hears why.
void HttpSession::refuse(Code error) {
  if (error == http::error::end_of_stream ||
      error.category() != make_error_code(http::error::bad_method).category())
    return close();
  unsigned status = 400;
  if (error == http::error::body_limit) status = 413;
  if (error == http::error::header_limit || error == http::error::buffer_overflow) status = 431;
  respond(error_response(status, Error{"the request cannot be read: " + error.message(), ErrorKind::kUsage}),
          false);
}

void HttpSession::respond(ApiResponse answer, bool keep_alive) {
  answering_ = true;
  keep_alive_ = keep_alive;
  if (answer.rows) return begin_rows(std::move(answer));
  if (answer.hand_over) return hand_over(answer.hand_over);
  if (answer.feed) return begin_feed(std::move(answer.feed));
  response_ = {static_cast<http::status>(answer.status), 11};
  const bool is_json = answer.metrics.empty();
  response_.set(http::field::content_type,
                is_json ? "application/json" : "text/plain; version=0.0.4; charset=utf-8");
  if (!answer.allow.empty()) response_.set(http::field::allow, {answer.allow.data(), answer.allow.size()});
  response_.body() = is_json
                         ? answer.body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
                         : std::move(answer.metrics);
  response_.keep_alive(keep_alive_ && !finishing_);
  response_.prepare_payload();
  stream_.expires_after(context_.timeout);
  http::async_write(stream_, response_, then(&HttpSession::on_written));
}

// Who listens keeps his place: listeners never have all of them.
void HttpSession::begin_feed(std::shared_ptr<Feed> feed) {
  if (context_.listeners && *context_.listeners >= kListeners)
    return respond(error_response(503, Error{fmt::format("{} listen already: end one of them", kListeners)}),
                   false);
  if (context_.listeners) listens_.emplace(context_.listeners);
  feed_ = std::make_shared<FeedWriter>(stream_, std::move(feed), context_.timeout,
                                       [self = shared_from_this()] { self->close(); });
  feed_->start();
}

// The connection goes on without this session.
void HttpSession::hand_over(const HandOver& taker) {
  Code error;
  UniqueFd connection(stream_.release_socket().release(error));
  if (!error) taker(std::move(connection));
  close();
}

void HttpSession::begin_rows(ApiResponse answer) {
  rows_.emplace(answer.list, std::move(answer.rows));
  head_ = {http::status::ok, 11};
  head_.set(http::field::content_type, "application/json");
  head_.chunked(true);
  head_.keep_alive(keep_alive_ && !finishing_);
  head_out_.emplace(head_);
  more_rows_ = true;
  stream_.expires_after(context_.timeout);
  http::async_write_header(stream_, *head_out_, then(&HttpSession::on_piece_written));
}

void HttpSession::on_piece_written(Code error) {
  if (closed_) return;
  if (error) return close();
  return more_rows_ ? write_piece() : end_rows();
}

// What cannot be read to its end is not ended either: the other side sees that it is not all.
void HttpSession::write_piece() {
  piece_.clear();
  for (int reads = 0; more_rows_ && reads < kReadsAtOnce && piece_.size() < kRowsAtOnce; ++reads) {
    const auto more = rows_->next(piece_);
    if (!more) return close();
    more_rows_ = *more;
  }
  stream_.expires_after(context_.timeout);
  if (!piece_.empty())   // an empty chunk would be the last one
    return asio::async_write(stream_, http::make_chunk(asio::buffer(piece_)),
                             then(&HttpSession::on_piece_written));
  asio::post(stream_.get_executor(), [self = shared_from_this()] { self->on_piece_written({}); });
}

void HttpSession::end_rows() {
  rows_.reset();
  std::exchange(piece_, {});
  asio::async_write(stream_, http::make_chunk_last(), then(&HttpSession::on_written));
}

void HttpSession::on_written(Code error) {
  answering_ = false;
  if (closed_) return;
  if (error || finishing_ || !keep_alive_) return close();
  response_ = {};
  read_header();
}

}   // namespace

std::shared_ptr<Session> make_session(asio::local::stream_protocol::socket socket, SessionContext context) {
  return std::make_shared<HttpSession>(std::move(socket), std::move(context));
}

}   // namespace sluice
