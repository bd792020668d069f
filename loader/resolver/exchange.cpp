// SPDX-License-Identifier: GPL-2.0-or-later
#include "resolver/exchange.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <random>
#include <utility>

#include "talk/asio_address.hpp"

namespace sluice {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kDatagramTime{1000}, kStreamTime{3000}, kWholeTime{5000};
constexpr size_t kRounds = 2, kLongestDatagram = 4096;

uint16_t random_id() {
  static std::random_device chance;   // asks the kernel each time
  return static_cast<uint16_t>(chance());
}

}   // namespace

Exchange::Exchange(asio::io_context& io, Upstreams& upstreams, dns::Query query, MayRead may_read, Done done)
    : io_(io),
      upstreams_(upstreams),
      query_(std::move(query)),
      may_read_(std::move(may_read)),
      done_(std::move(done)),
      timer_(io) {}

// A handler that is called only if its turn is still on.
template <class Handler>
auto Exchange::of_turn(Handler handler) {
  return [self = shared_from_this(), step = step_, handler = std::move(handler)](const error_code& error,
                                                                                 auto... more) {
    if (step == self->step_ && self->done_) handler(error, more...);
  };
}

void Exchange::start() {
  end_ = Clock::now() + kWholeTime;
  order_ = upstreams_.in_order(Clock::now());
  ask_next();
}

void Exchange::cancel() {
  done_ = nullptr;
  ++step_;
  timer_.cancel();
  datagrams_.reset();
  stream_.reset();
}

void Exchange::ask_next() {
  ++step_;
  datagrams_.reset();
  stream_.reset();
  const bool all_asked = turns_ >= order_.size();
  if ((all_asked && failure_) || turns_ >= kRounds * order_.size() || Clock::now() >= end_)
    return finish(failure_);
  ++turns_;
  ask_by_datagram();
}

void Exchange::give_up_turn() {
  upstreams_.note_silent(order_[(turns_ - 1) % order_.size()], Clock::now());
  ask_next();
}

void Exchange::await_time(milliseconds time) {
  timer_.expires_at(std::min(end_, Clock::now() + time));
  timer_.async_wait(of_turn([this](const error_code& error) {
    if (!error) give_up_turn();
  }));
}

void Exchange::ask_by_datagram() {
  const Endpoint& upstream = order_[(turns_ - 1) % order_.size()];
  const auto to = asio_endpoint<Udp>(upstream);
  error_code error;
  datagrams_.emplace(io_);
  datagrams_->open(to.protocol(), error);
  if (!error) datagrams_->connect(to, error);   // only it is heard then
  id_ = random_id();
  sent_ = dns::write_question(query_, id_);
  if (!error) datagrams_->send(asio::buffer(sent_), 0, error);
  await_time(error ? milliseconds(0) : kDatagramTime);   // not at once: the caller is not ready yet
  if (!error) await_datagram();
}

void Exchange::await_datagram() {
  received_.resize(kLongestDatagram);
  datagrams_->async_receive(asio::buffer(received_), of_turn([this](const error_code& error, size_t size) {
                              if (error) return give_up_turn();   // nobody listens there
                              auto reply = dns::read_reply({received_.data(), size}, query_, id_);
                              if (!reply) return await_datagram();   // somebody guesses
                              reply->truncated ? ask_by_stream() : heed(std::move(*reply));
                            }));
}

void Exchange::ask_by_stream() {
  ++step_;
  datagrams_.reset();
  if (!may_read_(0)) return finish(nullptr);
  const auto to = asio_endpoint<Tcp>(order_[(turns_ - 1) % order_.size()]);
  sent_.insert(sent_.begin(),
               {static_cast<uint8_t>(sent_.size() >> 8), static_cast<uint8_t>(sent_.size() & 0xff)});
  stream_.emplace(io_);
  await_time(kStreamTime);
  stream_->async_connect(to, of_turn([this](const error_code& refused) {
                           if (refused) return give_up_turn();
                           asio::async_write(*stream_, asio::buffer(sent_),
                                             of_turn([this](const error_code& error, size_t) {
                                               error ? give_up_turn() : read_stream();
                                             }));
                         }));
}

void Exchange::read_stream() {
  asio::async_read(*stream_, asio::buffer(length_), of_turn([this](const error_code& error, size_t) {
    if (error) return give_up_turn();
    received_.resize(size_t{length_[0]} << 8 | length_[1]);
    asio::async_read(*stream_, asio::buffer(received_), of_turn([this](const error_code& end, size_t) {
      end ? give_up_turn() : read_answer();
    }));
  }));
}

void Exchange::read_answer() {
  if (!may_read_(received_.size())) return finish(nullptr);
  auto reply = dns::read_reply(received_, query_, id_);
  reply ? heed(std::move(*reply)) : give_up_turn();
}

// Whoever says that he cannot answer leaves it to the next one.
void Exchange::heed(dns::Reply reply) {
  upstreams_.note_answer(order_[(turns_ - 1) % order_.size()]);
  const bool answers = reply.rcode == dns::kNoError || reply.rcode == dns::kNxDomain;
  auto shared = std::make_shared<const dns::Reply>(std::move(reply));
  if (answers) return finish(std::move(shared));
  failure_ = std::move(shared);
  ask_next();
}

void Exchange::finish(SharedReply reply) {
  const Done done = std::exchange(done_, nullptr);
  timer_.cancel();
  if (done) asio::post(io_, [done, reply = std::move(reply)] { done(reply); });
}

}   // namespace sluice
