// SPDX-License-Identifier: GPL-2.0-or-later
// Lines of JSON for all who follow one thing.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "api/service.hpp"

namespace sluice {

// With the time and the version of what stands in it, where it says neither.
std::string feed_line(nlohmann::json row);

class LineFeed final : public Feed {
 public:
  explicit LineFeed(boost::asio::io_context& io) : io_(io) {}

  void add(const std::string& line);
  void take(std::string& lines) override;
  void await(std::function<void()> wake) override;

 private:
  void wake_up();

  boost::asio::io_context& io_;
  std::string waiting_;
  uint64_t lost_ = 0;
  std::function<void()> wake_;
};

class LineListeners {
 public:
  // `what`: that they follow.
  LineListeners(boost::asio::io_context& io, std::string what) : io_(io), what_(std::move(what)) {}

  bool any();
  // Failure: there are too many.
  Result<std::shared_ptr<LineFeed>> add();
  void tell(const nlohmann::json& row);

 private:
  boost::asio::io_context& io_;
  const std::string what_;
  std::vector<std::weak_ptr<LineFeed>> all_;   // who goes takes his with him
};

}   // namespace sluice
