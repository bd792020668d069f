// SPDX-License-Identifier: GPL-2.0-or-later
// Lines of several feeds, for one who follows all of them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/feed.hpp"
#include "base/result.hpp"

namespace sluice {

// All kinds. Whose feed cannot be had is told of in the first lines; failure: there is none at all.
Result<std::shared_ptr<Feed>> follow_all(const std::function<Result<std::shared_ptr<Feed>>(Watched)>& follow);

class JoinedFeed final : public Feed {
 public:
  // `first`: lines that come before those of the feeds.
  JoinedFeed(std::vector<std::shared_ptr<Feed>> feeds, std::string first)
      : feeds_(std::move(feeds)), first_(std::move(first)) {}

  void take(std::string& lines) override;
  void await(std::function<void()> wake) override;   // once the first lines are taken

 private:
  std::vector<std::shared_ptr<Feed>> feeds_;
  std::string first_;
};

}   // namespace sluice
