// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cluster/etcd_steps.hpp"

namespace sluice {
namespace {

using boost::system::error_code;
using nlohmann::json;

constexpr std::chrono::seconds kAgain{1}, kAliveEach{3}, kTimeToLeave{1};
constexpr int kLeaseSeconds = 10,
              kLonger = 30;   // than the time of a proposal, for what has to be said of it
constexpr std::chrono::milliseconds kTogetherEach{2}, kTogetherLeast{10}, kTogetherMost{200};
constexpr std::string_view kState = "state/";

}   // namespace

ClusterSession::ClusterSession(boost::asio::io_context& io, std::function<void(const ClusterNews&)> tell)
    : io_(io), tell_(std::move(tell)), again_(io), alive_(io), loading_(io) {}

std::string ClusterSession::key(std::string_view below) const {
  return fmt::format("/sluice/{}/{}", order_->name, below);
}

void ClusterSession::heed(ClusterRequest request) {
  if (auto* order = std::get_if<ClusterOrder>(&request)) return follow(std::move(*order));
  if (auto* news = std::get_if<NodeNews>(&request)) {
    news_ = std::move(*news);
    return put_news();
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

// Nothing of it goes on: what was asked is not answered any more.
void ClusterSession::drop() {
  for (boost::asio::steady_timer* timer : {&again_, &alive_, &loading_}) timer->cancel();
  if (watch_) watch_->cancel();
  watch_.reset();
  client_.reset();
  lease_.clear();
  fetching_.clear();
  answered_ = {};
  is_seen_ = loads_ = loads_again_ = loads_soon_ = puts_ = puts_again_ = is_listed_ = false;
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
    put_news();
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
  again_.expires_after(pause);
  again_.async_wait([this](const error_code& error) {
    if (!error) begin();
  });
}

void ClusterSession::ask(const std::string& path, const json& body, std::function<void(const json&)> then) {
  client_->ask(path, body, [this, then = std::move(then)](const Result<json>& answer) {
    if (!answer) return fail_by(answer.error().message);
    then(*answer);
  });
}

// A lease that is over took this node off the list.
void ClusterSession::keep_lease() {
  alive_.expires_after(kAliveEach);
  alive_.async_wait([this](const error_code& error) {
    if (error) return;
    ask("/v3/lease/keepalive", {{"ID", lease_}}, [this](const json& answer) {
      const auto result = answer.find("result");
      if (result == answer.end() || number_in(*result, "TTL") == 0)
        return fail_by("etcd has this node's lease no more");
      keep_lease();
    });
  });
}

// One after the other: a call that takes its time would put what is old in the place of what is new.
void ClusterSession::put_news() {
  if (lease_.empty() || news_.id.empty()) return;
  if (std::exchange(puts_, true)) {
    puts_again_ = true;
    return;
  }
  const std::string value = json_of(news_).dump(-1, ' ', false, json::error_handler_t::replace);
  ask("/v3/kv/put", putting(key(fmt::format("state/nodes/{}", order_->node)), value, lease_),
      [this](const json&) {
        is_listed_ = true;
        puts_ = false;
        if (std::exchange(puts_again_, false)) put_news();
      });
}

void ClusterSession::load() {
  if (std::exchange(loads_, true)) {
    loads_again_ = true;
    return;
  }
  ask("/v3/kv/range", range_of(key(kState)), [this, was_listed = is_listed_](const json& answer) {
    loads_ = false;
    if (was_listed && is_listed_by_another(answer))
      return fail_by(fmt::format("another gateway says that it is node {}", order_->node));
    note(answer);
    if (std::exchange(loads_again_, false)) load();
  });
}

// Two of one name would each take the answers of the other for their own.
bool ClusterSession::is_listed_by_another(const json& answer) const {
  const std::string own = key(fmt::format("state/nodes/{}", order_->node));
  return std::ranges::any_of(rows_of(answer),
                             [&](const KeyValue& row) { return row.key == own && row.lease != lease_; });
}

void ClusterSession::note(const json& answer) {
  ClusterView view;
  const size_t prefix = key(kState).size();
  for (const KeyValue& row : rows_of(answer)) put_in_view(view, row.key.substr(prefix), row.value, row.mod);
  const bool is_new = !std::exchange(is_seen_, true) || !(view == view_);
  const bool is_own = view.head && view.head->node == order_->node && view.head->mod != head_mod();
  view_ = std::move(view);
  if (is_own) forget_documents();
  if (is_new) {
    tell_(ClusterTrouble{});
    tell_(view_);
  }
  if (!watch_) watch(number_in(answer.value("header", json::object()), "revision") + 1);
}

// Only that something changed is of interest: then all of it is read, which is little.
void ClusterSession::watch(int64_t from) {
  json wanted = range_of(key(kState));
  wanted["startRevision"] = std::to_string(from);
  watch_ = client_->follow("/v3/watch", {{"createRequest", std::move(wanted)}},
                           {.heed =
                                [this](const json& said) {
                                  const json result = said.value("result", json::object());
                                  if (result.value("canceled", false)) return begin_soon({});   // compacted
                                  if (result.contains("events")) load_soon();
                                },
                            .ended = [this](const Error& error) { fail_by(error.message); }});
}

// With many nodes each says something, and each would read what all others say.
void ClusterSession::load_soon() {
  if (std::exchange(loads_soon_, true)) return;
  loading_.expires_after(
      std::clamp(kTogetherEach * static_cast<int>(view_.nodes.size()), kTogetherLeast, kTogetherMost));
  loading_.async_wait([this](const error_code& error) {
    loads_soon_ = false;
    if (!error) load();
  });
}

void ClusterSession::change(json compares, json operations, Then then) {
  ask("/v3/kv/txn", {{"compare", std::move(compares)}, {"success", std::move(operations)}},
      [then = std::move(then)](const json& answer) { then(answer.value("succeeded", false)); });
}

void ClusterSession::propose(const Propose& wanted) {
  const std::string& id = wanted.proposal.revision.id;
  if (!is_seen_) return tell_(ProposalRefused{id, "etcd cannot be reached"});
  if (wanted.is_first ? view_.head.has_value() : view_.proposal.has_value())
    return tell_(ProposalRefused{id, "another change is being made"});
  proposing_ = id;
  const SharedDocument& document = wanted.document;
  const json whole = {{"text", document.text}, {"files", document.files}};
  put_pieces(document.id,
             std::make_shared<const std::string>(whole.dump(-1, ' ', false, json::error_handler_t::replace)),
             0, [this, wanted] { wanted.is_first ? put_head(wanted) : put_proposal(wanted); });
}

void ClusterSession::put_head(const Propose& wanted) {
  change(json::array({is_of(key("state/head"), 0)}),
         json::array({put_step(key("state/head"), json_of(wanted.proposal.revision))}),
         [this](bool done) { end_proposal(done, "the cluster has a document already"); });
}

// It has a lease of its own: whoever made it may be gone before it comes to an end.
void ClusterSession::put_proposal(const Propose& wanted) {
  ask("/v3/lease/grant", {{"TTL", std::to_string(wanted.proposal.seconds + kLonger)}},
      [this, wanted](const json& granted) {
        change(
            json::array({is_of(key("state/proposal"), 0), is_of(key("state/head"), head_mod())}),
            json::array({put_step(key("state/proposal"), json_of(wanted.proposal), text_in(granted, "ID"))}),
            [this](bool done) { end_proposal(done, "another change was first"); });
      });
}

void ClusterSession::end_proposal(bool done, const char* otherwise) {
  const std::string id = std::exchange(proposing_, {});
  if (!done) tell_(ProposalRefused{id, otherwise});
}

void ClusterSession::settle(int64_t mod) {
  if (!view_.proposal || view_.proposal->revision.mod != mod) return;
  change(json::array({is_of(key("state/proposal"), mod)}),
         json::array({put_step(key("state/head"), json_of(view_.proposal->revision)),
                      delete_step(key("state/proposal")), delete_all_step(key("state/answers/"))}),
         [](bool) {});
}

void ClusterSession::withdraw(const Withdraw& wanted) {
  if (!view_.proposal || view_.proposal->revision.mod != wanted.mod) return;
  const Withdrawn said{.revision = view_.proposal->revision, .by = order_->node, .why = wanted.why};
  change(json::array({is_of(key("state/proposal"), wanted.mod)}),
         json::array({put_step(key("state/withdrawn"), json_of(said)), delete_step(key("state/proposal")),
                      delete_all_step(key("state/answers/"))}),
         [](bool) {});
}

// Once: each answer is news to all nodes.
void ClusterSession::answer(const NodeAnswer& given) {
  if (std::exchange(answered_, given) == given) return;
  const std::string place = key(fmt::format("state/answers/{}", order_->node));
  change(json::array({is_of(key("state/proposal"), given.mod)}),
         json::array({put_step(place, json_of(given), lease_)}), [](bool) {});
}

void ClusterSession::leave(const std::function<void()>& done) {
  if (!client_ || lease_.empty()) return done();
  again_.expires_after(kTimeToLeave);
  again_.async_wait([done](const error_code&) { done(); });
  alive_.cancel();
  client_->ask("/v3/lease/revoke", {{"ID", lease_}}, [this](const Result<json>&) { again_.cancel(); });
}

}   // namespace sluice
