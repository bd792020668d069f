// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cluster/etcd_steps.hpp"
#include "cluster/pause.hpp"

namespace sluice {
namespace {

using boost::system::error_code;
using nlohmann::json;

constexpr std::chrono::seconds kAgain{1}, kAliveEach{3}, kTimeToLeave{1};
constexpr int kLeaseSeconds = 10;

}   // namespace

ClusterSession::ClusterSession(boost::asio::io_context& io, std::function<void(const ClusterNews&)> tell)
    : io_(io), tell_(std::move(tell)), again_(io), alive_(io), telling_(io), missing_(io), looking_(io) {}

std::string ClusterSession::key(std::string_view below) const {
  return fmt::format("/sluice/{}/{}", order_->name, below);
}

void ClusterSession::heed(ClusterRequest request) {
  if (auto* order = std::get_if<ClusterOrder>(&request)) return follow(std::move(*order));
  if (auto* news = std::get_if<NodeNews>(&request)) {
    news_ = std::move(*news);
    return put_own();
  }
  if (const auto* wanted = std::get_if<Propose>(&request)) return propose(*wanted);
  if (!is_seen_) return;   // it is decided anew when etcd is there again
  if (const auto* given = std::get_if<NodeAnswer>(&request)) return answer(*given);
  if (const auto* wanted = std::get_if<Settle>(&request)) return settle(wanted->mod);
  if (const auto* wanted = std::get_if<Withdraw>(&request)) return withdraw(*wanted);
  fetch(std::get<Fetch>(request).id);
}

void ClusterSession::follow(ClusterOrder order) {
  if (order_ == order) return;
  order_ = std::move(order);
  begin();
}

// A timer that has run out already cannot be cancelled any more: what it was for is over all the same when
// all of it was begun anew meanwhile.
void ClusterSession::after(boost::asio::steady_timer& timer, std::chrono::milliseconds pause,
                           std::function<void()> then) {
  timer.expires_after(pause);
  timer.async_wait([this, turn = turn_, then = std::move(then)](const error_code& error) {
    if (!error && turn == turn_) then();
  });
}

// Nothing of it goes on: what was asked is not answered any more.
void ClusterSession::drop() {
  ++turn_;
  for (boost::asio::steady_timer* timer : {&again_, &alive_, &telling_, &missing_, &looking_})
    timer->cancel();
  for (std::shared_ptr<EtcdCall>* one : {&watch_, &each_})
    if (const auto call = std::exchange(*one, nullptr)) call->cancel();
  client_.reset();
  if (!lease_.empty()) earlier_lease_ = std::exchange(lease_, {});
  fetching_.clear();
  missed_.clear();
  answered_ = {};
  told_.reset();
  listed_at_ = 0;
  put_has_.clear();
  put_news_.clear();
  own_has_.reset();
  is_seen_ = tells_ = puts_ = puts_again_ = is_listed_ = reads_each_ = looks_ = false;
  if (const std::string id = std::exchange(proposing_, {}); !id.empty())
    tell_(ProposalRefused{id, "etcd did not answer to the end"});   // if it is there all the same, it is seen
}

void ClusterSession::begin() {
  drop();
  auto trust = etcd_trust(order_->ca, order_->cert, order_->key);
  if (!trust) return tell_(ClusterTrouble{trust.error().message});
  client_ = std::make_unique<EtcdClient>(io_, order_->etcd, std::move(*trust));
  ask("/v3/lease/grant", {{"TTL", std::to_string(kLeaseSeconds)}}, [this](const json& answer) {
    lease_ = text_in(answer, "ID");
    put_own();
    load();
    keep_lease();
  });
}

// All of it is begun anew a little later.
void ClusterSession::fail_by(const std::string& why) {
  drop();
  tell_(ClusterTrouble{why});
  begin_soon(kAgain);
}

void ClusterSession::begin_soon(std::chrono::seconds pause) {
  after(again_, pause, [this] { begin(); });
}

void ClusterSession::ask(const std::string& path, const json& body, std::function<void(const json&)> then) {
  client_->ask(path, body, [this, then = std::move(then)](const Result<json>& answer) {
    if (!answer) return fail_by(answer.error().message);
    then(*answer);
  });
}

// A lease that is over took this node off the list.
void ClusterSession::keep_lease() {
  after(alive_, kAliveEach, [this] {
    ask("/v3/lease/keepalive", {{"ID", lease_}}, [this](const json& answer) {
      const auto result = answer.find("result");
      if (result == answer.end() || number_in(*result, "TTL") == 0)
        return fail_by("etcd has this node's lease no more");
      keep_lease();
    });
  });
}

void ClusterSession::load() {
  ask("/v3/kv/range", range_of(key(kState)), [this](const json& answer) {
    view_ = {};
    const size_t prefix = key(kState).size();
    for (const KeyValue& row : rows_of(answer))
      if (!is_of_earlier_lease(row)) put_in_view(view_, row.key.substr(prefix), row.value, row.mod);
    is_seen_ = true;
    forget_if_own_head(0);
    tell_view();
    const int64_t from = revision_of_etcd(answer) + 1;
    watch_ = watch(range_from(key("state/head"), key(kState)), from);
    mind_each(from);
    note_own_has();
    put_own();   // as the others can read it
    if (!all_have_head(view_)) look_within(kLookFirst);
  });
}

// Everything that is done to these keys from now on, in its order. Where etcd does not know all of that any
// more (compaction) it is read again.
std::shared_ptr<EtcdCall> ClusterSession::watch(json range, int64_t from) {
  range["startRevision"] = std::to_string(from);
  return client_->follow("/v3/watch", {{"createRequest", std::move(range)}},
                         {.heed =
                              [this](const json& said) {
                                const json result = said.value("result", json::object());
                                if (result.value("canceled", false)) return begin_soon({});
                                heed_events(result);
                              },
                          .ended = [this](const Error& error) { fail_by(error.message); }});
}

void ClusterSession::heed_events(const json& result) {
  const size_t prefix = key(kState).size();
  const int64_t head = head_mod();
  bool is_of_others = false;
  std::chrono::milliseconds pause = kTogetherMost;
  for (const KeyEvent& event : events_of(result)) {
    const std::string name = event.row.key.substr(prefix);
    if (event.is_gone)
      remove_from_view(view_, name);
    else
      put_in_view(view_, name, event.row.value, event.row.mod);
    pause = std::min(pause, pause_for(view_, order_->node, name));
    is_of_others |= name.starts_with("nodes/") && name != own_place() && !event.is_gone;
    if (name == own_place() && !heed_own_row(event)) return;
  }
  forget_if_own_head(head);
  if (is_of_others || head_mod() != head) look_within(kLookFirst);
  put_own();   // as these can read it
  mind_each();
  tell_view_within(pause);
}

void ClusterSession::forget_if_own_head(int64_t before) {
  if (view_.head && view_.head->node == order_->node && view_.head->mod != before) forget_documents();
}

// With many nodes each says something, and what all others say is told to the daemon together.
void ClusterSession::tell_view_within(std::chrono::milliseconds pause) {
  const auto at = std::chrono::steady_clock::now() + pause;
  if (tells_ && at >= telling_.expiry()) return;
  tells_ = true;
  after(telling_, pause, [this] { tell_view(); });
}

void ClusterSession::tell_view() {
  tells_ = false;
  if (told_ == view_) return;
  told_ = view_;
  tell_(ClusterTrouble{});
  tell_(view_);
}

void ClusterSession::leave(const std::function<void()>& done) {
  if (!client_ || lease_.empty()) return done();
  again_.expires_after(kTimeToLeave);
  again_.async_wait([done](const error_code&) { done(); });
  alive_.cancel();
  client_->ask("/v3/lease/revoke", {{"ID", std::exchange(lease_, {})}},
               [this](const Result<json>&) { again_.cancel(); });
}

}   // namespace sluice
