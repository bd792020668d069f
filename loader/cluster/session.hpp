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
#include "cluster/etcd_steps.hpp"
#include "cluster/wire.hpp"

namespace sluice {

class ClusterSession {
 public:
  ClusterSession(boost::asio::io_context& io, std::function<void(const ClusterNews&)> tell);

  void heed(ClusterRequest request);
  // Takes this node off the list, and calls `done` after that, or after a while.
  void leave(const std::function<void()>& done);

 private:
  static constexpr std::string_view kState = "state/";   // below it is what a view shows

  void follow(ClusterOrder order);
  void after(boost::asio::steady_timer& timer, std::chrono::milliseconds pause, std::function<void()> then);
  void drop();
  void begin();
  void begin_soon(std::chrono::seconds pause);
  void fail_by(const std::string& why);
  void keep_lease();
  void put_own();
  nlohmann::json own_steps();
  void note_own_has();
  void load();
  std::shared_ptr<EtcdCall> watch(nlohmann::json range, int64_t from);
  void mind_each(int64_t from = 0);
  void read_each();
  void look_within(std::chrono::milliseconds pause);
  void note_each(const nlohmann::json& answer, bool has_answers);
  void heed_events(const nlohmann::json& result);
  bool heed_own_row(const KeyEvent& event);
  bool is_of_earlier_lease(const KeyValue& row) const;
  void forget_if_own_head(int64_t before);
  void tell_view_within(std::chrono::milliseconds pause);
  void tell_view();
  std::string own_place() const;
  void propose(const Propose& wanted);
  void put_pieces(const std::string& id, const std::shared_ptr<const std::string>& whole, size_t at,
                  std::function<void()> then);
  void put_proposal(const Propose& wanted);
  void put_head(const Propose& wanted);
  void put_first(const std::string& place, nlohmann::json compares, nlohmann::json put,
                 const char* otherwise);
  void settle(int64_t mod);
  void withdraw(const Withdraw& wanted);
  void answer(const NodeAnswer& given);
  void fetch(const std::string& id);
  void fetch_again_later(const std::string& id, const std::string& why);
  bool names(const std::string& id) const;
  void forget_documents();
  void change(nlohmann::json compares, nlohmann::json operations,
              const std::function<void(bool done)>& then = {});
  void ask(const std::string& path, const nlohmann::json& body,
           std::function<void(const nlohmann::json&)> then);
  std::string key(std::string_view below) const;
  int64_t head_mod() const { return view_.head ? view_.head->mod : 0; }   // 0: there is no head

  boost::asio::io_context& io_;
  std::function<void(const ClusterNews&)> tell_;
  std::optional<ClusterOrder> order_;
  std::unique_ptr<EtcdClient> client_;
  std::shared_ptr<EtcdCall> watch_, each_;   // each_: what each node says of what is tried and kept
  std::string lease_;                        // of etcd; empty: there is none yet
  std::string earlier_lease_;
  std::string proposing_;   // the id of a document that is on its way; empty: none is
  std::string fetching_;    // the same of one that is asked for, or was a moment ago and is not there
  std::string missed_;      // the same of the last that was not there
  NodeAnswer answered_;     // the last, of this session
  NodeNews news_;
  ClusterView view_;                         // as etcd says, where it is seen
  std::optional<ClusterView> told_;          // to the daemon
  bool is_seen_ = false, tells_ = false;     // tells_: it is told soon
  bool puts_ = false, puts_again_ = false;   // news of this node
  std::string put_has_, put_news_;           // as they stand there
  bool reads_each_ = false;                  // what each_ would tell
  std::optional<NodeHas> own_has_;           // of put_has_, when it is there
  bool looks_ = false;                       // it is read soon
  std::chrono::milliseconds look_{0};        // the pause before that
  bool is_listed_ = false;                   // this node, with its lease
  int64_t listed_at_ = 0;                    // revision of etcd
  uint64_t turn_ = 0;                        // how often all of it was begun anew
  boost::asio::steady_timer again_, alive_, telling_, missing_, looking_;
};

}   // namespace sluice
