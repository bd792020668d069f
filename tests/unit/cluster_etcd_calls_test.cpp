// SPDX-License-Identifier: GPL-2.0-or-later
// Calls to etcd: by connections that are kept, and by others where those have ended.
#include <chrono>

#include "etcd_server.hpp"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class EtcdCalls : public testing::Test {
 protected:
  boost::asio::io_context io;
  EtcdServer etcd{io};
  EtcdClient client{io, {etcd.url()}, etcd.trust()};

  void run_until(const std::function<bool()>& done, std::chrono::seconds within = 10s) {
    const auto end = std::chrono::steady_clock::now() + within;
    while (!done() && std::chrono::steady_clock::now() < end) io.run_one_for(50ms);
    EXPECT_TRUE(done());
  }

  // What came of one call.
  Result<json> ask(const std::string& path = "/v3/kv/range") {
    std::optional<Result<json>> answer;
    client.ask(path, json::object(), [&](Result<json> said) { answer = std::move(said); });
    run_until([&] { return answer.has_value(); });
    return answer ? std::move(*answer) : Result<json>(fail("nothing was answered"));
  }
};

TEST_F(EtcdCalls, OneAfterTheOtherShareAConnection) {
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(ask());
  EXPECT_EQ(etcd.connections, 1u);
  EXPECT_EQ(etcd.asked.size(), 5u);
}

TEST_F(EtcdCalls, AtOnceHaveTheirOwnOfWhichAFewAreKept) {
  size_t answered = 0;
  for (int i = 0; i < 5; ++i)
    client.ask("/v3/kv/range", json::object(),
               [&](const Result<json>& said) { answered += said.has_value(); });
  run_until([&] { return answered == 5; });
  EXPECT_EQ(etcd.connections, 5u);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(ask());
  EXPECT_EQ(etcd.connections, 5u);
}

TEST_F(EtcdCalls, AreMadeAnewWhereTheServerKeepsNone) {
  etcd.keeps = false;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(ask());
  EXPECT_EQ(etcd.connections, 3u);
}

TEST_F(EtcdCalls, GoOnWhereTheServerClosedMeanwhile) {
  EXPECT_TRUE(ask());
  etcd.close_all();
  EXPECT_TRUE(ask()) << "whether the end was seen or not";
  EXPECT_TRUE(ask());
  etcd.close_all();
  io.run_for(20ms);
  EXPECT_TRUE(ask());
  EXPECT_EQ(etcd.connections, 3u);
}

TEST_F(EtcdCalls, GoOnWhereTheServerClosesInsteadOfAnAnswer) {
  EXPECT_TRUE(ask());
  size_t closed = 0;
  etcd.answer = [&](const std::string&, const json&) -> std::optional<json> {
    if (closed++ == 0) {
      etcd.close_all();
      return std::nullopt;
    }
    return json::object();
  };
  EXPECT_TRUE(ask());
  EXPECT_EQ(closed, 2u);
}

TEST_F(EtcdCalls, GoOnByANewConnectionWhereAKeptOneFellSilent) {
  EXPECT_TRUE(ask());
  etcd.answer = [&](const std::string&, const json&) {
    return etcd.connections == 1 ? std::nullopt : std::optional(json::object());
  };
  EXPECT_TRUE(ask());
  EXPECT_EQ(etcd.connections, 2u);
}

TEST_F(EtcdCalls, FailWhereTheServerFallsSilentForGood) {
  EXPECT_TRUE(ask());
  etcd.answer = [](const std::string&, const json&) { return std::optional<json>(); };
  const auto answer = ask();
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("no answer in 4 s"), std::string::npos) << answer.error().message;
}

TEST_F(EtcdCalls, AreNotAnsweredAnyMoreWhenTheClientIsGone) {
  bool answered = false;
  {
    EtcdClient gone(io, {etcd.url()}, etcd.trust());
    gone.ask("/v3/kv/range", json::object(), [&](const Result<json>&) { answered = true; });
    io.run_for(5ms);
  }
  EXPECT_TRUE(ask());
  io.run_for(20ms);
  EXPECT_FALSE(answered);
}

}   // namespace
}   // namespace sluice::test
