// SPDX-License-Identifier: GPL-2.0-or-later
// A capture over the control socket: its connection is somebody else's from then on.
#include "api/client.hpp"
#include "api_test_daemon.hpp"

namespace sluice {
namespace {

ApiResult ask(TestDaemon& daemon, const nlohmann::json& wish, std::string& heard) {
  return Client(daemon.socket())
      .follow(
          "/v1/capture", wish,
          [&](std::string_view piece) {
            heard += piece;
            return true;
          },
          [](int connection) { EXPECT_GE(connection, 0); });
}

TEST(CaptureRequests, AreAnsweredByWhoGetsTheConnection) {
  TestDaemon daemon;
  std::string heard;
  const auto ended = ask(daemon,
                         {{"filter", "udp"},
                          {"packets", "5"},
                          {"snaplen", "128"},
                          {"drops", "1"},
                          {"zone", {"lan", "host"}},
                          {"forward", "web"}},
                         heard);
  EXPECT_TRUE(ended.has_value());
  EXPECT_EQ(heard, "blocks");
  ASSERT_EQ(daemon.service.captures.size(), 1u);
  const CaptureRequest& asked = daemon.service.captures.front();
  EXPECT_EQ(asked.filter, "udp");
  EXPECT_EQ(asked.packets, 5u);
  EXPECT_EQ(asked.snaplen, 128u);
  EXPECT_TRUE(asked.drops);
  EXPECT_EQ(asked.zones, (std::vector<std::string>{"lan", "host"}));
  EXPECT_EQ(asked.forwards, std::vector<std::string>{"web"});
  EXPECT_EQ(asked.seconds, kCaptureSeconds);
}

TEST(CaptureRequests, HaveBounds) {
  TestDaemon daemon;
  std::string heard;
  const nlohmann::json wrong[] = {
      {{"packets", "0"}},    {{"packets", "-1"}}, {{"snaplen", "65001"}},
      {{"seconds", "many"}}, {{"drops", "2"}},    {{"mebibytes", "99999999"}},
      {{"filter", "a\nb"}},  {{"colour", "red"}}, {{"filter", std::string(5000, 'a')}}};
  for (const nlohmann::json& wish : wrong) {
    const auto refused = ask(daemon, wish, heard);
    ASSERT_FALSE(refused.has_value()) << wish.dump();
    EXPECT_EQ(refused.error().error.kind, ErrorKind::kUsage) << wish.dump();
  }
  EXPECT_EQ(heard, "");
  EXPECT_TRUE(daemon.service.captures.empty());
}

TEST(CaptureRequests, MayBeRefused) {
  TestDaemon daemon;
  daemon.service.answers.insert({"capture", ApiResult(std::unexpect, Error{"there is no zone"})});
  std::string heard;
  const auto refused = ask(daemon, nlohmann::json::object(), heard);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().error.message, "there is no zone");
}

}   // namespace
}   // namespace sluice
