// SPDX-License-Identifier: GPL-2.0-or-later
#include <pwd.h>
#include <sys/stat.h>

#include "api/client.hpp"
#include "api_raw_client.hpp"
#include "api_test_daemon.hpp"

namespace sluice {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr std::string_view kStatusRequest = "GET /v1/status HTTP/1.1\r\nHost: sluice\r\n\r\n";

void expect_alive(TestDaemon& daemon) {
  const auto answer = Client(daemon.socket()).get("/v1/doctor");
  EXPECT_TRUE(answer.has_value()) << (answer ? "" : answer.error().error.message);
}

TEST(Server, answers_a_client) {
  TestDaemon daemon;
  daemon.service.answers.insert({"status", json{{"state", "running"}}});
  const auto answer = Client(daemon.socket()).get("/v1/status");
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(*answer, (json{{"schema_version", 1}, {"state", "running"}}));
}

TEST(Server, knows_the_user_at_the_other_end) {
  TestDaemon daemon;
  ASSERT_TRUE(Client(daemon.socket()).post("/v1/apply", {{"text", "{}"}}).has_value());
  EXPECT_EQ(daemon.service.documents[0].who, ::getpwuid(::getuid())->pw_name);
}

TEST(Server, hands_errors_over_with_kind_and_complaints) {
  TestDaemon daemon;
  const json complaints = json::array({{{"text", "home.json:1:1: wrong"}}});
  daemon.service.answers.insert(
      {"apply", ApiResult(std::unexpect, Error{"refused", ErrorKind::kInvalidDocument}, complaints)});
  const auto answer = Client(daemon.socket()).post("/v1/apply", {{"text", "{}"}});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().error.message, "refused");
  EXPECT_EQ(answer.error().error.kind, ErrorKind::kInvalidDocument);
  EXPECT_EQ(answer.error().complaints, complaints);
}

TEST(Server, carries_a_document_of_32_mebibytes) {
  TestDaemon daemon;
  const std::string text(32 << 20, 'x');
  ASSERT_TRUE(Client(daemon.socket()).post("/v1/apply", {{"text", text}}).has_value());
  EXPECT_EQ(daemon.service.documents[0].text.size(), text.size());
}

TEST(Server, refuses_a_body_that_is_too_large_without_reading_it) {
  TestDaemon daemon;
  const auto answer = Client(daemon.socket()).post("/v1/apply", {{"text", std::string(34 << 20, 'x')}});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().error.kind, ErrorKind::kUsage);
  EXPECT_EQ(answer.error().error.message, "the request cannot be read: body limit exceeded");
}

TEST(Server, gives_bytes_that_are_not_utf8_a_substitute) {
  TestDaemon daemon;
  daemon.service.answers.insert({"status", json{{"state", "\xff"}}});
  EXPECT_EQ((*Client(daemon.socket()).get("/v1/status"))["state"], "\xef\xbf\xbd");
}

TEST(Server, answers_pipelined_requests_in_order) {
  TestDaemon daemon;
  RawClient client(daemon.socket());
  std::string requests;
  for (int i = 0; i < 50; ++i) requests += kStatusRequest;
  client.send(requests);
  EXPECT_EQ(RawClient::answers_in(client.read(50)), 50u);
}

TEST(Server, survives_garbage) {
  TestDaemon daemon;
  for (const std::string garbage :
       {"\r\n\r\n\r\n", "garbage\r\n\r\n", "\x16\x03\x01\x02", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        "GET /v1/status HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST /v1/apply HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    RawClient client(daemon.socket());
    client.send(garbage);
    client.end_sending();
    const auto answer = client.read();
    EXPECT_TRUE(answer.empty() || answer.starts_with("HTTP/1.1 4")) << answer;
  }
  expect_alive(daemon);
}

TEST(Server, refuses_a_header_of_a_megabyte) {
  TestDaemon daemon;
  RawClient client(daemon.socket());
  const std::string header = "GET /v1/status HTTP/1.1\r\nX: " + std::string(1 << 20, 'x');
  EXPECT_LT(client.send(header), header.size());
  EXPECT_TRUE(client.read().starts_with("HTTP/1.1 431"));
  expect_alive(daemon);
}

TEST(Server, survives_clients_that_leave_early) {
  TestDaemon daemon;
  for (size_t length = 0; length <= kStatusRequest.size(); ++length) {
    RawClient client(daemon.socket());
    client.send(kStatusRequest.substr(0, length));
    client.close();
  }
  RawClient half(daemon.socket());
  half.send("POST /v1/apply HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n{\"text\"");
  half.close();
  expect_alive(daemon);
  EXPECT_TRUE(daemon.service.documents.empty());
}

TEST(Server, lets_others_pass_a_slow_client_and_closes_it) {
  TestDaemon daemon({.timeout = seconds(3)});
  RawClient slow(daemon.socket());
  slow.send("GET /v1/sta");
  expect_alive(daemon);
  EXPECT_EQ(slow.read(), "");   // closed by the server, not by the patience of the test
}

TEST(Server, closes_a_client_that_does_not_read) {
  TestDaemon daemon({.timeout = seconds(3)});
  daemon.service.answers.insert({"status", json{{"state", std::string(4 << 20, 'x')}}});
  RawClient deaf(daemon.socket());
  deaf.send(kStatusRequest);
  expect_alive(daemon);
  EXPECT_TRUE(deaf.is_closed_by_server());
}

TEST(Server, turns_away_what_is_too_much) {
  TestDaemon daemon({.connections = 2});
  RawClient first(daemon.socket()), second(daemon.socket());
  first.send(kStatusRequest);
  second.send(kStatusRequest);
  first.read(1);
  second.read(1);
  const auto refused = Client(daemon.socket()).get("/v1/status");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().error.message, "sluiced has 2 connections open: try again");
  first.close();
  while (!Client(daemon.socket()).get("/v1/status")) std::this_thread::yield();
}

TEST(Server, reads_only_a_few_large_bodies_at_once) {
  TestDaemon daemon;
  std::vector<RawClient> hogs;
  constexpr std::string_view kAnnounced = "POST /v1/apply HTTP/1.1\r\nContent-Length: 30000000\r\n\r\n{";
  for (int i = 0; i < 4; ++i) hogs.emplace_back(daemon.socket()).send(kAnnounced);
  RawClient fifth(daemon.socket());
  fifth.send(kAnnounced);
  EXPECT_TRUE(fifth.read().starts_with("HTTP/1.1 503"));
  expect_alive(daemon);
}

TEST(Server, tells_a_careful_client_to_continue) {
  TestDaemon daemon;
  RawClient client(daemon.socket());
  client.send("POST /v1/apply HTTP/1.1\r\nContent-Length: 12\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(client.read(1).starts_with("HTTP/1.1 100 Continue\r\n\r\n"));
  client.send("{\"text\":\"{}\"");
  client.send("}");
  EXPECT_TRUE(client.read(1).starts_with("HTTP/1.1 400"));   // one byte more than was announced
}

TEST(Server, names_the_right_method) {
  TestDaemon daemon;
  RawClient client(daemon.socket());
  client.send("BREW /v1/status HTTP/1.1\r\n\r\n");
  const auto answer = client.read(1);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 405"));
  EXPECT_NE(answer.find("Allow: GET\r\n"), answer.npos);
}

TEST(Server, finishes_after_the_answer_is_out) {
  TestDaemon daemon;
  std::promise<void> done;
  daemon.service.answers.insert({"cleanup", json{{"removed", {"everything"}}}});
  daemon.service.before_answer = [&](std::string_view call) {
    if (call == "cleanup") daemon.server().finish([&] { done.set_value(); });
  };
  RawClient idle(daemon.socket());
  const auto answer = Client(daemon.socket()).post("/v1/cleanup", json::object());
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(idle.read(), "");
  EXPECT_FALSE(std::filesystem::exists(daemon.socket()));
  EXPECT_EQ(done.get_future().wait_for(seconds(10)), std::future_status::ready);
}

TEST(Server, removes_its_socket_when_it_stops) {
  TestDaemon daemon;
  struct stat info {};
  ASSERT_EQ(::stat(daemon.socket().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0660u);
  daemon.stop();
  EXPECT_FALSE(std::filesystem::exists(daemon.socket()));
}

}   // namespace
}   // namespace sluice
