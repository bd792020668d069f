// SPDX-License-Identifier: GPL-2.0-or-later
// Lists that are read while they are sent.
#include "api/client.hpp"
#include "api/row_text.hpp"
#include "api_raw_client.hpp"
#include "api_test_daemon.hpp"

namespace sluice {
namespace {

using nlohmann::json;

std::vector<json> rows_of(int count) {
  std::vector<json> rows;
  for (int i = 0; i < count; ++i) rows.push_back({{"number", i}, {"text", "a \"[\n]\" b"}});
  return rows;
}

struct Asked {
  ApiResult answer;
  std::vector<json> rows;
};

Asked ask(TestDaemon& daemon) {
  Asked asked;
  asked.answer = Client(daemon.socket()).get_rows("/v1/show/flows", "flows", [&](json row) {
    asked.rows.push_back(std::move(row));
  });
  return asked;
}

class LongLists : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Counts, LongLists, testing::Values(0, 1, 2, 3, 1000));

TEST_P(LongLists, come_one_by_one) {
  TestDaemon daemon;
  daemon.service.lists["flows"] = rows_of(GetParam());
  const auto asked = ask(daemon);
  ASSERT_TRUE(asked.answer.has_value()) << asked.answer.error().error.message;
  EXPECT_EQ(*asked.answer, (json{{"schema_version", 1}}));
  EXPECT_EQ(asked.rows, rows_of(GetParam()));
}

TEST_P(LongLists, are_an_ordinary_object_for_who_reads_all_of_it) {
  TestDaemon daemon;
  daemon.service.lists["flows"] = rows_of(GetParam());
  const auto answer = Client(daemon.socket()).get("/v1/show/flows");
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(*answer, (json{{"schema_version", 1}, {"flows", rows_of(GetParam())}}));
}

TEST_P(LongLists, may_stand_on_one_line) {
  TestDaemon daemon;
  daemon.service.answers.insert({"show flows", json{{"flows", rows_of(GetParam())}}});
  const auto asked = ask(daemon);
  ASSERT_TRUE(asked.answer.has_value());
  EXPECT_EQ(asked.rows, rows_of(GetParam()));
}

TEST(LongListsThatEnd, too_soon_are_a_failure) {
  TestDaemon daemon;
  daemon.service.lists["flows"] = rows_of(10);
  daemon.service.broken = true;
  const auto asked = ask(daemon);
  ASSERT_FALSE(asked.answer.has_value());
  EXPECT_NE(asked.answer.error().error.message.find("the connection ended before the answer"),
            std::string::npos)
      << asked.answer.error().error.message;
}

TEST(LongListsThatEnd, leave_the_connection_to_the_next_request) {
  TestDaemon daemon;
  daemon.service.lists["flows"] = rows_of(3);
  RawClient client(daemon.socket());
  const std::string request = "GET /v1/show/flows HTTP/1.1\r\nHost: sluice\r\n\r\n";
  client.send(request + request);
  EXPECT_EQ(RawClient::answers_in(client.read(2)), 2u);
}

TEST(LongListsThatNobodyReads, let_others_be_answered) {
  TestDaemon daemon;
  daemon.service.lists["flows"] = rows_of(100'000);
  RawClient slow(daemon.socket());
  slow.send("GET /v1/show/flows HTTP/1.1\r\nHost: sluice\r\n\r\n");
  ASSERT_EQ(RawClient::answers_in(slow.read(1)), 1u) << "it has begun";
  EXPECT_TRUE(Client(daemon.socket()).get("/v1/status").has_value());
}

TEST(LongListsThatNobodyReads, end_with_their_time) {
  TestDaemon daemon({.timeout = std::chrono::seconds(1)});
  daemon.service.lists["flows"] = rows_of(100'000);
  RawClient slow(daemon.socket());
  slow.send("GET /v1/show/flows HTTP/1.1\r\nHost: sluice\r\n\r\n");
  EXPECT_TRUE(slow.is_closed_by_server());
}

}   // namespace
}   // namespace sluice
