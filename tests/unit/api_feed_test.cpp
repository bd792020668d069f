// SPDX-License-Identifier: GPL-2.0-or-later
// Lines that come over the control socket for as long as somebody listens.
#include "api/client.hpp"
#include "api_test_daemon.hpp"

namespace sluice {
namespace {

// Two lines at once, and each time that it is woken another one.
class ThreeLines final : public Feed {
 public:
  void take(std::string& lines) override { lines += std::exchange(waiting_, ""); }
  void await(std::function<void()> wake) override { wake_ = std::move(wake); }
  void add(const std::string& line) {
    waiting_ += line;
    if (wake_) std::exchange(wake_, nullptr)();
  }

 private:
  std::string waiting_ = "one\ntwo\n";
  std::function<void()> wake_;
};

TEST(Feed, IsHeardLineByLineAndLetGo) {
  TestDaemon daemon;
  auto lines = std::make_shared<ThreeLines>();
  daemon.service.feed = lines;
  std::string heard;
  const auto ended = Client(daemon.socket()).follow("/v1/monitor/health?now=1", [&](std::string_view piece) {
    heard += piece;
    if (heard == "one\ntwo\n") daemon.in_loop([&] { lines->add("three\n"); });
    return !heard.ends_with("three\n");
  });
  EXPECT_TRUE(ended.has_value());
  EXPECT_EQ(heard, "one\ntwo\nthree\n");
  EXPECT_EQ(daemon.service.calls, std::vector<std::string>{"watch health now"});
  daemon.service.feed.reset();
  daemon.stop();   // what was heard last is done then
  EXPECT_EQ(lines.use_count(), 1);
}

TEST(Feed, EndsWithTheDaemon) {
  TestDaemon daemon;
  daemon.service.feed = std::make_shared<ThreeLines>();
  const auto ended = Client(daemon.socket()).follow("/v1/monitor/health", [&](std::string_view) {
    daemon.stop();
    return true;
  });
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(ended.error().error.kind, ErrorKind::kUnreachable);
}

TEST(Feed, IsRefusedLikeAnyOther) {
  TestDaemon daemon;
  const auto heard = [](std::string_view) { return true; };
  daemon.service.answers.insert({"watch health", ApiResult(std::unexpect, Error{"too many"})});
  EXPECT_EQ(Client(daemon.socket()).follow("/v1/monitor/health", heard).error().error.message, "too many");
  EXPECT_EQ(Client(daemon.socket()).follow("/v1/monitor/health?now=7", heard).error().error.message,
            "field \"now\" is 0 or 1");
}

}   // namespace
}   // namespace sluice
