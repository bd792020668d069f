// SPDX-License-Identifier: GPL-2.0-or-later
#include "ipfix/frames.hpp"

#include <boost/asio/read.hpp>
#include <utility>

namespace sluice {

namespace asio = boost::asio;
using boost::system::error_code;

void Frames::hear(Heed heed, std::function<void()> ended) {
  heed_ = std::move(heed);
  ended_ = std::move(ended);
  await_header();
}

void Frames::await_header() {
  asio::async_read(socket_, asio::buffer(&header_, sizeof(header_)), [this](const error_code& error, size_t) {
    if (error || header_.bytes > kLongestFrame) return ended_();
    await_body();
  });
}

void Frames::await_body() {
  body_.resize(header_.bytes);
  asio::async_read(socket_, asio::buffer(body_), [this](const error_code& error, size_t) {
    if (error || !heed_(header_.kind, body_)) return ended_();
    await_header();
  });
}

}   // namespace sluice
