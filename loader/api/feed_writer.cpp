// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/feed_writer.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace sluice {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::beast::error_code;

void FeedWriter::start() {
  await_end();
  send_head();
}

void FeedWriter::drop() {
  feed_.reset();
  ended_ = nullptr;
}

// Who listens says nothing more: whatever comes is the end of it.
void FeedWriter::await_end() {
  stream_.expires_never();
  stream_.async_read_some(asio::buffer(heard_),
                          [self = shared_from_this()](const error_code&, size_t) { self->end(); });
}

void FeedWriter::send_head() {
  head_ = {http::status::ok, 11};
  head_.set(http::field::content_type, "application/jsonl");
  head_.chunked(true);
  head_.keep_alive(false);
  head_out_.emplace(head_);
  stream_.expires_after(timeout_);   // of the writing: a reading is under way
  http::async_write_header(stream_, *head_out_, [self = shared_from_this()](const error_code& error, size_t) {
    return error ? self->end() : self->send_lines();
  });
}

void FeedWriter::send_lines() {
  if (!feed_) return;
  lines_.clear();
  feed_->take(lines_);
  if (lines_.empty())
    return feed_->await([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->send_lines();
    });
  stream_.expires_after(timeout_);
  asio::async_write(stream_, http::make_chunk(asio::buffer(lines_)),
                    [self = shared_from_this()](const error_code& error, size_t) {
                      return error ? self->end() : self->send_lines();
                    });
}

void FeedWriter::end() {
  feed_.reset();
  if (const auto ended = std::exchange(ended_, nullptr)) ended();
}

}   // namespace sluice
