// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/web_follower.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "api/router.hpp"
#include "base/token_file.hpp"
#include "kernel/descriptors.hpp"
#include "web/process.hpp"
#include "web/wire.hpp"

namespace sluice {

using boost::system::error_code;

namespace {

constexpr size_t kLeastToken = 16;
// The process asks for no more itself (web/process.cpp); one that somebody has taken over gets none beyond.
constexpr size_t kMostWebSessions = 16;
constexpr std::chrono::seconds kSessionTimeout{30};

struct Pair {
  UniqueFd ours, theirs;
};

Result<Pair> make_pair_of_sockets() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return fail_errno("make a pair of sockets", errno);
  return Pair{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : "";
}

// The answer to GET /v1/web.
std::string about(const WebPage& page) {
  auto allow = nlohmann::json::array();
  if (page.rolls_back) allow.push_back("rollback");
  if (page.tells_configs) allow.push_back("configs");
  return nlohmann::json{{"schema_version", kSchemaVersion},
                        {"host", host_name()},
                        {"version", SLUICE_VERSION},
                        {"allow", std::move(allow)}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}   // namespace

WebFollower::WebFollower(boost::asio::io_context& io, Gateway& gateway, Service& service)
    : io_(io),
      gateway_(gateway),
      service_(service),
      link_(
          io, kLongestWebNews,
          {.start = [this] { return start(); },
           .next = [this] { return next(); },
           .heed = [this](const std::string& line) { return heed(line); },
           .forget =
               [this] {
                 sent_.clear();
                 door_.reset();
                 for (const auto& [key, session] : std::exchange(sessions_, {})) session->close();
               },
           .lost = [this](const std::string& why) { tell_trouble("there is no page for browsers: " + why); },
           .again = [this] { look_again(); }}) {}

void WebFollower::look_again() {
  const auto& current = gateway_.current();
  if (!current || !current->document.web) return tell_nobody("");
  const WebPage& page = *current->document.web;
  auto token = token_in(gateway_.paths().state / page.token_file, kLeastToken);
  if (!token) return tell_nobody("there is no page for browsers: " + token.error().message);
  const Visitor visitor{.who = "web", .rolls_back = page.rolls_back, .tells_configs = page.tells_configs};
  if (std::exchange(visitor_, visitor) != visitor) end_sessions();   // they are of who might do more
  wanted_ = encode_web_order({page.listen, std::move(*token), about(page)});
  link_.run();
}

void WebFollower::stop() { tell_nobody(""); }

// Each after the answer that is under way: it may be the one to a rollback.
void WebFollower::end_sessions() {
  const auto sessions = sessions_;   // one that ends takes itself off the list
  for (const auto& [key, session] : sessions) session->finish();
}

void WebFollower::tell_nobody(const std::string& trouble) {
  wanted_.clear();
  link_.end();
  tell_trouble(trouble);
}

void WebFollower::tell_trouble(const std::string& trouble) {
  if (gateway_.tell_trouble(Gateway::Trouble::kWeb, trouble) && !trouble.empty())
    spdlog::error("{}", trouble);
}

Result<Helper> WebFollower::start() {
  auto door = TRY(make_pair_of_sockets());
  auto helper = TRY(start_web_process(gateway_.paths().pins.filename().string()));
  TRY(send_descriptors(helper.socket.get(), std::array{door.theirs.get()}));
  door_ = std::make_shared<Socket>(io_, boost::asio::local::stream_protocol(), door.ours.release());
  door_->native_non_blocking(true);   // a process that takes no connections holds nobody up
  await_question();
  return helper;
}

std::string WebFollower::next() { return sent_ == wanted_ ? "" : sent_ = wanted_; }

Result<> WebFollower::heed(const std::string& line) {
  tell_trouble(TRY(decode_web_news(line)).trouble);
  return {};
}

void WebFollower::await_question() {
  door_->async_wait(Socket::wait_read, [this, door = door_](const error_code& error) {
    if (!error && door == door_) heed_questions();
  });
}

// A byte each.
void WebFollower::heed_questions() {
  std::array<char, kMostWebSessions> questions{};
  error_code error;
  const size_t asked = door_->read_some(boost::asio::buffer(questions), error);
  for (size_t i = 0; i < asked; ++i)
    if (!hand_out_connection()) return door_.reset();   // the process hears that, and ends
  if (error && error != boost::asio::error::would_block) return door_.reset();
  await_question();
}

Result<> WebFollower::hand_out_connection() {
  auto pair = TRY(make_pair_of_sockets());
  TRY(send_descriptors(door_->native_handle(), std::array{pair.theirs.get()}));
  if (sessions_.size() >= kMostWebSessions) return {};   // one that is closed at once
  const SessionContext context{.service = service_,
                               .timeout = kSessionTimeout,
                               .large_bodies = large_bodies_,
                               .on_end = [this](Session* session) { sessions_.erase(session); },
                               .visitor = visitor_};
  const auto session =
      make_session(Socket(io_, boost::asio::local::stream_protocol(), pair.ours.release()), context);
  sessions_.emplace(session.get(), session);
  session->start();
  return {};
}

}   // namespace sluice
