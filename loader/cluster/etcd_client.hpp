// SPDX-License-Identifier: GPL-2.0-or-later
// What is asked of etcd, by the JSON of its gateway (etcd 3.4: /v3/kv/range, /v3/kv/txn, /v3/watch), TLS and
// HTTP/1.1. Keys and values are bytes here, and base64 on the way.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/https_url.hpp"
#include "base/result.hpp"

namespace sluice {

std::string base64_of(std::string_view bytes);
Result<std::string> bytes_of_base64(std::string_view text);

class EtcdConnection;

// One answer that goes on.
class EtcdCall {
 public:
  virtual ~EtcdCall() = default;
  virtual void cancel() = 0;   // nothing is told afterwards
};

class EtcdClient {
 public:
  using Done = std::function<void(Result<nlohmann::json>)>;
  struct Ends {
    std::function<void(const nlohmann::json&)> heed;   // of each object that comes
    std::function<void(Error)> ended;                  // once, and not after cancel()
  };

  EtcdClient(boost::asio::io_context& io, std::vector<HttpsUrl> places,
             std::shared_ptr<boost::asio::ssl::context> trust);
  ~EtcdClient();

  // One answer. A place that cannot be reached is followed by the next one, each once. What was asked may
  // have been done although a failure was seen, and is asked again all the same. Not called any more after
  // this object is gone.
  void ask(const std::string& path, const nlohmann::json& body, Done done);
  // An answer that goes on, from the place that answered last.
  std::shared_ptr<EtcdCall> follow(const std::string& path, const nlohmann::json& body, const Ends& ends);
  std::string place() const;   // that is asked first, for people

 private:
  struct Attempt {
    size_t places_left = 1;
    bool is_new = false;   // by no connection that was there already
  };

  void ask_one_of(const std::string& path, const std::string& body, Attempt attempt, Done done);
  std::shared_ptr<EtcdConnection> connection(bool is_new);
  void end_idle(size_t kept);
  void leave_place(size_t at);

  boost::asio::io_context& io_;
  std::vector<HttpsUrl> places_;
  std::shared_ptr<boost::asio::ssl::context> trust_;
  size_t at_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::vector<std::shared_ptr<EtcdConnection>> connections_;   // with one place, but for calls that go on
  std::vector<std::weak_ptr<EtcdCall>> followed_;
};

// What a TLS client of these files (PEM; empty: none) is; `ca` empty: the machine's.
Result<std::shared_ptr<boost::asio::ssl::context>> etcd_trust(const std::string& ca, const std::string& cert,
                                                              const std::string& key);

}   // namespace sluice
