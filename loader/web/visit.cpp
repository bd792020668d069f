// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/visit.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "talk/bearer.hpp"
#include "web/pages.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr uint32_t kLongestRequestHead = 8192;
constexpr uint64_t kLongestRequest = 4096;
constexpr size_t kLongestAnswerHead = 8192, kPiece = 65536;
constexpr std::chrono::seconds kTimeToSay{10}, kTimeToTake{30};
constexpr std::chrono::seconds kPauseOfGuess{1};   // for who shows a token that is wrong
constexpr const char* kJson = "application/json";

// The page has no scripts and styles but its own, stands in no frame, and is not kept.
constexpr std::pair<const char*, const char*> kGuards[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
     "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"Cache-Control", "no-store"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

std::string_view text_of(beast::string_view text) { return {text.data(), text.size()}; }

// Of an answer of the daemon whose length is known; others end with their connection.
constexpr std::string_view kLength = "\r\nContent-Length: ", kCloses = "Connection: close\r\n";
std::optional<uint64_t> length_in(std::string_view head) {
  const size_t at = head.find(kLength);
  if (at == std::string_view::npos || head.find(kCloses) == std::string_view::npos) return std::nullopt;
  uint64_t length = 0;
  const char* begin = head.data() + at + kLength.size();
  return std::from_chars(begin, head.data() + head.size(), length).ec == std::errc() ? std::optional(length)
                                                                                     : std::nullopt;
}

// As fields, to stand in the head of an answer that is written already.
std::string guards() {
  std::string text;
  for (const auto& [name, value] : kGuards) text += fmt::format("{}: {}\r\n", name, value);
  return text;
}

}   // namespace

Visit::Visit(asio::ip::tcp::socket socket, Host host)
    : stream_(std::move(socket)),
      host_(std::move(host)),
      pause_(stream_.get_executor()),
      buffer_(kLongestRequestHead + kLongestRequest) {}

void Visit::start() { await_request(); }

void Visit::await_request() {
  parser_.emplace();
  parser_->header_limit(kLongestRequestHead);
  parser_->body_limit(kLongestRequest);
  stream_.expires_after(kTimeToSay);
  http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](const Code& error, size_t) {
    if (error) return self->close();
    self->judge();
  });
}

void Visit::judge() {
  const auto& asked = parser_->get();
  const std::string_view target = text_of(asked.target());
  if (!target.starts_with("/v1/")) return answer_file(target);
  if (has_token(text_of(asked[http::field::authorization]), host_.token)) return answer_api(target);
  pause_.expires_after(asked.count(http::field::authorization) ? kPauseOfGuess : std::chrono::seconds(0));
  pause_.async_wait([self = shared_from_this()](const Code& error) {
    if (!error) self->refuse(401, "the token is not right");
  });
}

void Visit::answer_file(std::string_view target) {
  const WebFile* file = web_file_at(target);
  if (!file) return refuse(404, "there is no such page");
  if (parser_->get().method() != http::verb::get) return refuse(405, "a page is asked with GET");
  answer(200, file->type, std::string(file->text));
}

void Visit::answer_api(std::string_view target) {
  shown_ = true;
  if (target == "/v1/web" && parser_->get().method() == http::verb::get)
    return answer(200, kJson, host_.about);
  if (!host_.may_ask()) return refuse(503, "too many ask at once: try again");
  asking_ = true;
  stream_.expires_never();
  host_.door.ask([self = shared_from_this()](ApiDoor::Socket socket) { self->ask(std::move(socket)); });
}

// What the daemon reads is written here, whatever the browser wrote.
void Visit::ask(ApiDoor::Socket socket) {
  api_.emplace(std::move(socket));
  left_.reset();
  if (!stream_.socket().is_open()) return close();
  const auto& asked = parser_->get();
  question_ = {asked.method(), asked.target(), 11, asked.body()};
  question_.set(http::field::host, "sluice");
  question_.set(http::field::content_type, kJson);
  question_.keep_alive(false);
  question_.prepare_payload();
  await_leaving();
  http::async_write(*api_, question_, [self = shared_from_this()](const Code& error, size_t) {
    if (error) return self->refuse(503, "sluiced does not answer");
    self->relay_head();
  });
}

void Visit::relay_head() {
  asio::async_read_until(*api_, asio::dynamic_buffer(head_, kLongestAnswerHead), "\r\n\r\n",
                         [self = shared_from_this()](const Code& error, size_t size) {
                           if (error) return self->refuse(503, "sluiced does not answer");
                           self->piece_ = std::exchange(self->head_, {});
                           self->begin_relay(size);
                         });
}

// `size`: of the head, at the beginning of `piece_`. The daemon closes its connection after the answer; the
// browser's goes on where the answer's length is known.
void Visit::begin_relay(size_t size) {
  std::string head = piece_.substr(0, size - 2);
  left_ = parser_->get().keep_alive() ? length_in(head) : std::nullopt;
  if (left_) head.replace(head.find(kCloses), kCloses.size(), "");
  if (left_) *left_ -= std::min<uint64_t>(*left_, piece_.size() - size);
  piece_.replace(0, size - 2, head + guards());
  relay_more();
}

// What is in `piece_`, and then more of it. A list may be long, and a feed has no end.
void Visit::relay_more() {
  stream_.expires_after(kTimeToTake);
  asio::async_write(stream_, asio::buffer(piece_), [self = shared_from_this()](const Code& error, size_t) {
    if (error) return self->close();
    self->stream_.expires_never();
    self->read_more();
  });
}

void Visit::read_more() {
  piece_.resize(kPiece);
  api_->async_read_some(asio::buffer(piece_), [self = shared_from_this()](const Code& ended, size_t size) {
    if (ended) return self->end_relay();
    if (self->left_) *self->left_ -= std::min<uint64_t>(*self->left_, size);
    self->piece_.resize(size);
    self->relay_more();
  });
}

void Visit::end_relay() {
  if (left_ != 0) return close();
  asking_ = false;
  api_.reset();
  Code ignored;
  stream_.socket().cancel(ignored);   // the wait for his leaving
  await_request();
}

// Who leaves has had enough. What he says beside that is his next request, which is read when this one is
// answered.
void Visit::await_leaving() {
  stream_.socket().async_wait(asio::ip::tcp::socket::wait_read,
                              [self = shared_from_this()](const Code& error) {
                                if (!error && self->asking_ && (self->is_gone() || !self->left_))
                                  self->close();
                              });
}

bool Visit::is_gone() {
  char byte = 0;
  return ::recv(stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

void Visit::refuse(unsigned status, std::string_view why) {
  const nlohmann::json body = {{"error", {{"message", why}, {"kind", "failed"}}}, {"schema_version", 1}};
  answer(status, kJson, body.dump() + "\n");
}

void Visit::answer(unsigned status, std::string_view type, std::string text) {
  response_ = {http::int_to_status(status), 11, std::move(text)};
  response_.set(http::field::content_type, {type.data(), type.size()});
  for (const auto& [name, value] : kGuards) response_.set(name, value);
  if (status == 401) response_.set(http::field::www_authenticate, "Bearer");
  const bool goes_on = status == 200 && parser_->get().keep_alive();
  response_.keep_alive(goes_on);
  response_.prepare_payload();
  stream_.expires_after(kTimeToTake);
  http::async_write(stream_, response_, [self = shared_from_this(), goes_on](const Code& error, size_t) {
    return error || !goes_on ? self->close() : self->await_request();
  });
}

void Visit::close() {
  if (!host_.ended) return;
  Code ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  stream_.close();
  if (api_) api_->close(ignored);
  pause_.cancel();
  asking_ = false;
  std::exchange(host_.ended, nullptr)(shared_from_this());
}

}   // namespace sluice
