// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/http_exchange.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <limits>
#include <optional>
#include <vector>

#include "api/body.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Stream = beast::basic_stream<asio::local::stream_protocol>;

constexpr size_t kPiece = size_t{64} * 1024;

http::request<http::string_body> make_request(std::string_view method, std::string_view target,
                                              std::string body) {
  http::request<http::string_body> request;
  request.method_string({method.data(), method.size()});
  request.target({target.data(), target.size()});
  request.version(11);
  request.set(http::field::host, "sluice");
  request.set(http::field::user_agent, "sluice");
  if (!body.empty())
    request.set(http::field::content_type, {kMessagePackType.data(), kMessagePackType.size()});
  request.body() = std::move(body);
  request.keep_alive(false);
  request.prepare_payload();
  return request;
}

// Starts one operation and runs the loop until it has ended.
template <class Start>
beast::error_code await(asio::io_context& io, Start start) {
  beast::error_code result;
  start([&](beast::error_code error, size_t) { result = error; });
  io.restart();
  io.run();
  return result;
}

std::string reason(const beast::error_code& error) {
  if (error == beast::error::timeout) return "no answer in time";
  if (error == http::error::end_of_stream || error == http::error::partial_message)
    return "the connection ended before the answer";
  return error.message();
}

// The body goes through a buffer of its own, piece by piece.
beast::error_code read_pieces(asio::io_context& io, Stream& stream, beast::flat_buffer& buffer,
                              http::response_parser<http::buffer_body>& parser,
                              std::optional<std::chrono::seconds> timeout, const BodySink& each) {
  std::vector<char> room(kPiece);
  while (!parser.is_done()) {
    auto& body = parser.get().body();
    body.data = room.data();
    body.size = room.size();
    if (timeout)
      stream.expires_after(*timeout);
    else
      stream.expires_never();
    const auto error = await(io, [&](auto then) { http::async_read_some(stream, buffer, parser, then); });
    if (error && error != http::error::need_buffer) return error;
    const size_t size = room.size() - body.size;   // none of a chunk's head alone
    if (size && !each({room.data(), size})) return {};
  }
  return {};
}

}   // namespace

Result<HttpAnswer> exchange_http(UniqueFd connection, std::string_view method, std::string_view target,
                                 std::string body, std::chrono::seconds timeout, const BodySink& sink,
                                 Patience patience) {
  asio::io_context io;
  Stream stream(io);
  beast::error_code error;
  stream.socket().assign(asio::local::stream_protocol(), connection.get(), error);
  if (error) return fail_errno("watch the connection", error.value());
  connection.release();
  stream.expires_after(timeout);
  const auto request = make_request(method, target, std::move(body));
  const auto unsent = await(io, [&](auto then) { http::async_write(stream, request, then); });

  // A request that is refused for its size is answered before it is read to its end: look for the answer
  // even where the writing failed.
  beast::flat_buffer buffer;
  buffer.reserve(kPiece);   // Beast asks for as much as there is room for; empty, for 512 bytes
  http::response_parser<http::buffer_body> parser;
  parser.body_limit(std::numeric_limits<uint64_t>::max());
  HttpAnswer answer;
  error = await(io, [&](auto then) { http::async_read_header(stream, buffer, parser, then); });
  answer.status = parser.get().result_int();
  const auto pause = patience == Patience::kEndless ? std::nullopt : std::optional(timeout);
  if (!error)
    error = read_pieces(io, stream, buffer, parser, pause, [&](std::string_view piece) {
      if (sink && answer.status == 200) return sink(piece);
      answer.body += piece;
      return true;
    });
  if (error) return fail(reason(unsent ? unsent : error), ErrorKind::kUnreachable);
  return answer;
}

}   // namespace sluice
