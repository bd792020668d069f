// SPDX-License-Identifier: GPL-2.0-or-later
#include "scrape/scraper.hpp"

#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <utility>

#include "talk/bearer.hpp"

namespace sluice {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

constexpr uint32_t kLongestHead = 8192;
constexpr std::chrono::seconds kTimeToAsk{10}, kTimeToRead{10};

}   // namespace

Scraper::Scraper(boost::asio::ip::tcp::socket socket, std::string token, Asks asks, Ended ended)
    : stream_(std::move(socket)),
      token_(std::move(token)),
      asks_(std::move(asks)),
      ended_(std::move(ended)),
      buffer_(kLongestHead) {
  request_.header_limit(kLongestHead);
}

void Scraper::start() {
  stream_.expires_after(kTimeToAsk);
  http::async_read_header(stream_, buffer_, request_,
                          [self = shared_from_this()](const error_code& error, size_t) {
                            if (error) return self->close();
                            self->judge();
                          });
}

void Scraper::judge() {
  const auto& asked = request_.get();
  const std::string_view target(asked.target().data(), asked.target().size());
  const auto shown = asked[http::field::authorization];
  if (!token_.empty() && !has_token({shown.data(), shown.size()}, token_))
    return refuse(401, "the token is not right\n");
  if (target.substr(0, target.find('?')) != "/metrics") return refuse(404, "there is /metrics\n");
  if (asked.method() != http::verb::get) return refuse(405, "/metrics is asked with GET\n");
  stream_.expires_never();   // the daemon answers when it can
  asks_(shared_from_this());
}

void Scraper::refuse(unsigned status, const char* why) {
  answer(status, std::make_shared<const std::string>(why));
}

void Scraper::answer(unsigned status, std::shared_ptr<const std::string> text) {
  text_ = std::move(text);
  response_.emplace(http::int_to_status(status), 11);
  response_->set(http::field::content_type,
                 status == 200 ? "text/plain; version=0.0.4; charset=utf-8" : "text/plain");
  if (status == 401) response_->set(http::field::www_authenticate, "Bearer");
  response_->keep_alive(false);
  response_->body() = {text_->data(), text_->size()};
  response_->prepare_payload();
  stream_.expires_after(kTimeToRead);
  http::async_write(stream_, *response_,
                    [self = shared_from_this()](const error_code&, size_t) { self->close(); });
}

void Scraper::close() {
  if (!ended_) return;
  error_code ignored;
  stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  stream_.close();
  std::exchange(ended_, nullptr)(shared_from_this());
}

}   // namespace sluice
