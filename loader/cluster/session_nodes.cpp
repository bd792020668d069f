// SPDX-License-Identifier: GPL-2.0-or-later
// What this node says of itself, and when it hears what each of the others says.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cluster/etcd_steps.hpp"
#include "cluster/pause.hpp"
#include "cluster/session.hpp"

namespace sluice {
namespace {

using nlohmann::json;

// Of many nodes each has an answer, and a document that it has kept. They are the first keys.
constexpr std::string_view kStateOfAnswers = "state/answers/", kStateOfHas = "state/has/",
                           kBehind = "state/head";

bool all_read_has(const ClusterView& view) {
  return std::ranges::all_of(view.nodes, [](const auto& node) { return node.second.reads_has; });
}

}   // namespace

std::string ClusterSession::own_place() const { return "nodes/" + order_->node; }

// One after the other: a call that takes its time would put what is old in the place of what is new.
void ClusterSession::put_own() {
  if (lease_.empty() || !news_.has) return;
  if (puts_) {
    puts_again_ = true;
    return;
  }
  const std::string listed = put_news_;
  json steps = own_steps();
  if (steps.empty()) return;
  puts_ = true;
  const bool lists = put_news_ != listed;
  ask("/v3/kv/txn", {{"success", std::move(steps)}}, [this, lists, has = *news_.has](const json& answer) {
    if (lists) listed_at_ = revision_of_etcd(answer);
    is_listed_ = true;
    puts_ = false;
    own_has_ = has;
    note_own_has();
    if (std::exchange(puts_again_, false)) put_own();
  });
}

// It is not heard as what others say is.
void ClusterSession::note_own_has() {
  if (!is_seen_ || !own_has_) return;
  view_.has.insert_or_assign(order_->node, *own_has_);
  tell_view_within(pause_for(view_, order_->node, "has/" + order_->node));
  mind_each();
}

// What is not there yet as it is to be.
json ClusterSession::own_steps() {
  json steps = json::array();
  const auto put = [&](const std::string& place, const json& value, std::string& there) {
    std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
    if (text == there) return;
    there = std::move(text);
    steps.push_back(put_step(key(std::string(kState) + place), value, lease_));
  };
  NodeNews news = news_;
  if (all_read_has(view_)) news.has.reset();
  put("has/" + order_->node, json_of(*news_.has), put_has_);
  put(own_place(), json_of(news), put_news_);
  return steps;
}

// An answer of this node that goes with the lease of a process before, or of a session before: it is given
// again, or nobody would have it soon.
bool ClusterSession::is_of_earlier_lease(const KeyValue& row) const {
  return row.key == key("state/answers/" + order_->node) && row.lease != lease_;
}

// Two of one name would each take the answers of the other for their own. What this process said before all
// was begun anew may come after what it says since, and it goes with the lease that it was said with. False:
// nothing goes on.
bool ClusterSession::heed_own_row(const KeyEvent& event) {
  const KeyValue& row = event.row;
  if (!is_listed_ || row.mod <= listed_at_ || (!event.is_gone && row.lease == lease_)) return true;
  if (event.is_gone || (!earlier_lease_.empty() && row.lease == earlier_lease_)) {
    put_has_.clear();
    put_news_.clear();
    put_own();
    return true;
  }
  fail_by(fmt::format("another gateway says that it is node {}", order_->node));
  return false;
}

// `from`: what was done before is known; 0: it is not.
void ClusterSession::mind_each(int64_t from) {
  if (!is_seen_) return;
  if (!awaits_each(view_, order_->node)) {
    if (const auto call = std::exchange(each_, nullptr)) call->cancel();
    return;
  }
  if (each_ || reads_each_) return;
  if (from == 0) return read_each();
  each_ = watch(range_before(key(kStateOfAnswers), key(kBehind)), from);
}

// Who waits for nothing reads what each node has, and no answers.
void ClusterSession::read_each() {
  reads_each_ = true;
  const bool awaits = awaits_each(view_, order_->node);
  ask("/v3/kv/range", range_before(key(awaits ? kStateOfAnswers : kStateOfHas), key(kBehind)),
      [this, awaits](const json& answer) {
        reads_each_ = false;
        note_each(answer, awaits);
        tell_view_within(pause_for(view_, order_->node, "has/"));
        mind_each(awaits ? revision_of_etcd(answer) + 1 : 0);
        if (!each_ && !reads_each_ && !all_have_head(view_)) look_within(until_next_look(look_));
      });
}

// What this node said itself is known, and may be on its way.
void ClusterSession::note_each(const json& answer, bool has_answers) {
  const auto forget_others = [this](auto& said) {
    std::erase_if(said, [this](const auto& one) { return one.first != order_->node; });
  };
  if (has_answers) forget_others(view_.answers);
  forget_others(view_.has);
  const size_t prefix = key(kState).size();
  for (const KeyValue& row : rows_of(answer))
    if (!row.key.ends_with("/" + order_->node))
      put_in_view(view_, row.key.substr(prefix), row.value, row.mod);
}

void ClusterSession::look_within(std::chrono::milliseconds pause) {
  const auto at = std::chrono::steady_clock::now() + pause;
  if (looks_ && at >= looking_.expiry()) return;
  looks_ = true;
  look_ = pause;
  after(looking_, pause, [this] {
    looks_ = false;
    if (!each_ && !reads_each_) read_each();
  });
}

}   // namespace sluice
