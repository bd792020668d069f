// SPDX-License-Identifier: GPL-2.0-or-later
// A node's part in etcd: it says that it is there, sees what all of them say, and changes that by
// transactions which count only while nobody else was first. Decides nothing (cluster/decide.hpp does).
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/etcd_client.hpp"
#include "cluster/wire.hpp"

namespace sluice {

class ClusterSession {
 public:
  ClusterSession(boost::asio::io_context& io, std::function<void(const ClusterNews&)> tell);

  void heed(ClusterRequest request);
  // Takes this node off the list, and calls `done` after that, or after a while.
  void leave(const std::function<void()>& done);

 private:
  using Then = std::function<void(bool)>;   // whether nobody was first

  void follow(ClusterOrder order);
  void drop();
  void begin();
  void begin_soon(std::chrono::seconds pause);
  void fail_by(const std::string& why);
  void keep_lease();
  void put_news();
  void load();
  bool is_listed_by_another(const nlohmann::json& answer) const;
  void note(const nlohmann::json& answer);
  void watch(int64_t from);
  void load_soon();
  void propose(const Propose& wanted);
  void put_pieces(const std::string& id, const std::shared_ptr<const std::string>& whole, size_t at,
                  std::function<void()> then);
  void put_proposal(const Propose& wanted);
  void put_head(const Propose& wanted);
  void end_proposal(bool done, const char* otherwise);
  void settle(int64_t mod);
  void withdraw(const Withdraw& wanted);
  void answer(const NodeAnswer& given);
  void fetch(const std::string& id);
  void forget_documents();
  void change(nlohmann::json compares, nlohmann::json operations, Then then);
  void ask(const std::string& path, const nlohmann::json& body,
           std::function<void(const nlohmann::json&)> then);
  std::string key(std::string_view below) const;
  int64_t head_mod() const { return view_.head ? view_.head->mod : 0; }   // 0: there is no head

  boost::asio::io_context& io_;
  std::function<void(const ClusterNews&)> tell_;
  std::optional<ClusterOrder> order_;
  std::unique_ptr<EtcdClient> client_;
  std::shared_ptr<EtcdCall> watch_;
  std::string lease_;       // of etcd; empty: there is none yet
  std::string proposing_;   // the id of a document that is on its way; empty: none is
  std::string fetching_;    // the same of one that is asked for
  NodeAnswer answered_;     // the last, of this session
  NodeNews news_;
  ClusterView view_;
  bool is_seen_ = false, loads_ = false, loads_again_ = false, loads_soon_ = false;
  bool puts_ = false, puts_again_ = false;   // news of this node
  bool is_listed_ = false;                   // this node, with its lease
  boost::asio::steady_timer again_, alive_, loading_;
};

}   // namespace sluice
