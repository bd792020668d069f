// SPDX-License-Identifier: GPL-2.0-or-later
// Lines that `sluice top` follows in a thread of its own.
#include <poll.h>

#include "api_test_daemon.hpp"
#include "cli/top_source.hpp"

namespace sluice::cli {
namespace {

// A line at once, and others when they are added.
class TopLines final : public Feed {
 public:
  void take(std::string& lines) override { lines += std::exchange(waiting_, ""); }
  void await(std::function<void()> wake) override { wake_ = std::move(wake); }
  void add(const std::string& lines) {
    waiting_ += lines;
    if (wake_) std::exchange(wake_, nullptr)();
  }

 private:
  std::string waiting_ = "{\"rows\":[1]}\n";
  std::function<void()> wake_;
};

TopSource::News next_of(TopSource& source) {
  for (int i = 0; i < 100; ++i) {
    pollfd ready{source.fd(), POLLIN, 0};
    ::poll(&ready, 1, 100);
    if (auto news = source.take()) return std::move(*news);
  }
  ADD_FAILURE() << "no news within ten seconds";
  return {};
}

TEST(TopSource, HasTheNewestLineOfWhatIsFollowedNow) {
  TestDaemon daemon;
  auto lines = std::make_shared<TopLines>();
  daemon.service.feed = lines;
  const Client client(daemon.socket());
  TopSource source(client);
  EXPECT_FALSE(source.take());
  source.follow("/v1/top/flows?");
  EXPECT_EQ(next_of(source).line["rows"][0], 1);
  daemon.in_loop([&] { lines->add("{\"rows\":[2]}\n{\"lost\":7}\nno line\n{\"rows\":[3]}\n"); });
  EXPECT_EQ(next_of(source).line["rows"][0], 3);
  daemon.in_loop([&] { daemon.service.feed = std::make_shared<TopLines>(); });
  source.follow("/v1/top/talkers?");
  EXPECT_EQ(next_of(source).line["rows"][0], 1);
  daemon.in_loop([&] {
    EXPECT_EQ(daemon.service.calls, (std::vector<std::string>{"top flows", "top talkers"}));
  });
  daemon.service.feed.reset();
}

TEST(TopSource, SaysWhyThereAreNoneAndAsksAgain) {
  TestDaemon daemon;
  daemon.service.answers.insert({"top flows", ApiResult(std::unexpect, Error{"too many"})});
  const Client client(daemon.socket());
  TopSource source(client);
  source.follow("/v1/top/flows?");
  EXPECT_EQ(next_of(source).trouble, "too many");
  daemon.in_loop([&] {
    daemon.service.answers.clear();
    daemon.service.feed = std::make_shared<TopLines>();
  });
  EXPECT_EQ(next_of(source).line["rows"][0], 1);
  daemon.service.feed.reset();
}

// Nobody is waited for: the test would not end.
TEST(TopSource, EndsWhileNothingComes) {
  TestDaemon daemon;
  auto lines = std::make_shared<TopLines>();
  daemon.service.feed = lines;
  const Client client(daemon.socket());
  {
    TopSource source(client);
    source.follow("/v1/top/flows?");
    next_of(source);
  }
  TopSource never(client);
  daemon.service.feed.reset();
}

}   // namespace
}   // namespace sluice::cli
