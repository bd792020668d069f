// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/joined_feed.hpp"

#include <fmt/format.h>

#include <utility>

#include "daemon/line_feed.hpp"

namespace sluice {

Result<std::shared_ptr<Feed>> follow_all(
    const std::function<Result<std::shared_ptr<Feed>>(Watched)>& follow) {
  std::vector<std::shared_ptr<Feed>> feeds;
  std::string first;
  for (size_t kind = 0; kind < kWatchedNames.size(); ++kind) {
    auto feed = follow(static_cast<Watched>(kind));
    if (feed)
      feeds.push_back(std::move(*feed));
    else if (kind + 1 == kWatchedNames.size() && feeds.empty())
      return feed;
    else
      first += feed_line({{"event", "not-followed"},
                          {"kind", kWatchedNames[kind]},
                          {"message", fmt::format("no {}: {}", kWatchedNames[kind], feed.error().message)}});
  }
  return std::make_shared<JoinedFeed>(std::move(feeds), std::move(first));
}

void JoinedFeed::take(std::string& lines) {
  lines += std::exchange(first_, {});
  for (const auto& feed : feeds_) feed->take(lines);
}

void JoinedFeed::await(std::function<void()> wake) {
  const auto once = std::make_shared<std::function<void()>>(std::move(wake));
  for (const auto& feed : feeds_)
    feed->await([once] {
      if (const auto first = std::exchange(*once, nullptr)) first();
    });
}

}   // namespace sluice
