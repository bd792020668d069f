// SPDX-License-Identifier: GPL-2.0-or-later
// The real server with a fake service behind it, on a socket of its own.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <filesystem>
#include <future>
#include <thread>

#include "api/server.hpp"
#include "api_fake_service.hpp"

namespace sluice {

class TempDirectory {
 public:
  TempDirectory() {
    char name[] = "/tmp/sluice-unit-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  ~TempDirectory() { std::filesystem::remove_all(path_); }

  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

class TestDaemon {
 public:
  explicit TestDaemon(ServerLimits limits = {}) {
    auto started = Server::start(io_, socket(), service, limits);
    EXPECT_TRUE(started.has_value()) << (started ? "" : started.error().message);
    if (started) server_ = std::move(*started);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~TestDaemon() {
    stop();
    work_.reset();
    io_.stop();
    thread_.join();
  }

  // Runs it in the server's thread and waits for it.
  void in_loop(std::function<void()> what) {
    std::packaged_task<void()> task(std::move(what));
    auto done = task.get_future();
    boost::asio::post(io_, [&task] { task(); });
    done.wait();
  }
  void stop() {
    in_loop([this] {
      if (server_) server_->stop();
    });
  }
  Server& server() { return *server_; }
  std::filesystem::path socket() const { return directory_ / "control.sock"; }

  FakeService service;

 private:
  TempDirectory directory_;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

}   // namespace sluice
