// SPDX-License-Identifier: GPL-2.0-or-later
// Follows one list of the daemon's after the other, in a thread of its own: a daemon that takes its time
// keeps nobody from typing.
#pragma once

#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>

#include "api/client.hpp"
#include "base/unique_fd.hpp"

namespace sluice::cli {

class TopSource {
 public:
  explicit TopSource(const Client& client);
  TopSource(const TopSource&) = delete;
  TopSource& operator=(const TopSource&) = delete;
  ~TopSource();   // nobody is waited for

  // This from now on, and nothing of what was followed before. One that ends is asked for again, each second.
  void follow(std::string target);

  struct News {
    nlohmann::json line;                       // the newest; null: none came
    std::optional<std::string> trouble = {};   // why there are none
  };
  std::optional<News> take();               // since the last call; nullopt: none
  int fd() const { return ready_.get(); }   // readable when there are

 private:
  void run();
  bool hear(std::string_view piece, std::string& rest, const std::string& target);
  void tell(News news, const std::string& target);
  void hang_up();   // with the lock

  const Client& client_;
  UniqueFd ready_;
  std::mutex lock_;
  std::condition_variable changed_;
  std::string wanted_;    // empty: nothing yet
  UniqueFd connection_;   // that is followed
  std::optional<News> news_;
  bool ends_ = false;
  std::thread thread_;
};

}   // namespace sluice::cli
