// SPDX-License-Identifier: GPL-2.0-or-later
// What a node changes in etcd: a proposal that it makes, what becomes of one, its answer.
#include <fmt/format.h>

#include <utility>

#include "cluster/etcd_steps.hpp"
#include "cluster/pause.hpp"
#include "cluster/session.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr int kLonger = 30;   // than the time of a proposal, for what has to be said of it

// The value of the key that a transaction read because it did not count; empty: there is none.
std::string value_there(const json& answer) {
  const json responses = answer.value("responses", json::array());
  if (responses.empty() || !responses[0].is_object()) return {};
  const auto rows = rows_of(responses[0].value("response_range", json::object()));
  return rows.empty() ? std::string() : rows.front().value;
}

}   // namespace

void ClusterSession::change(json compares, json operations, const std::function<void(bool done)>& then) {
  ask("/v3/kv/txn", {{"compare", std::move(compares)}, {"success", std::move(operations)}},
      [then](const json& answer) {
        if (then) then(answer.value("succeeded", false));
      });
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
  put_first("state/head", json::array({is_of(key("state/head"), 0)}),
            put_step(key("state/head"), json_of(wanted.proposal.revision)),
            "the cluster has a document already");
}

// It has a lease of its own: whoever made it may be gone before it comes to an end. It is made of the
// document that was the head when it was prepared, and of no later one.
void ClusterSession::put_proposal(const Propose& wanted) {
  ask("/v3/lease/grant", {{"TTL", std::to_string(wanted.proposal.seconds + kLonger)}},
      [this, wanted](const json& granted) {
        put_first("state/proposal",
                  json::array({is_of(key("state/proposal"), 0), is_of(key("state/head"), wanted.base)}),
                  put_step(key("state/proposal"), json_of(wanted.proposal), text_in(granted, "ID")),
                  "another change was first");
      });
}

// A member of etcd that ended may have done it before it could say so; then the next one that is asked finds
// it there.
void ClusterSession::put_first(const std::string& place, json compares, json put, const char* otherwise) {
  const std::string value = put["requestPut"]["value"];
  ask("/v3/kv/txn",
      {{"compare", std::move(compares)},
       {"success", json::array({std::move(put)})},
       {"failure", json::array({{{"requestRange", {{"key", base64_of(key(place))}}}}})}},
      [this, value, otherwise](const json& answer) {
        const std::string id = std::exchange(proposing_, {});
        if (answer.value("succeeded", false) || base64_of(value_there(answer)) == value) return;
        tell_(ProposalRefused{id, otherwise});
      });
}

void ClusterSession::settle(int64_t mod) {
  if (!view_.proposal || view_.proposal->revision.mod != mod) return;
  change(json::array({is_of(key("state/proposal"), mod)}),
         json::array({put_step(key("state/head"), json_of(settled_head(view_))),
                      delete_step(key("state/proposal"))}));
}

void ClusterSession::withdraw(const Withdraw& wanted) {
  if (!view_.proposal || view_.proposal->revision.mod != wanted.mod) return;
  const Withdrawn said{.revision = view_.proposal->revision, .by = order_->node, .why = wanted.why};
  change(json::array({is_of(key("state/proposal"), wanted.mod)}),
         json::array({put_step(key("state/withdrawn"), json_of(said)), delete_step(key("state/proposal"))}));
}

// Once. It stays there until the next one of this node, and is of no other proposal.
void ClusterSession::answer(const NodeAnswer& given) {
  if (std::exchange(answered_, given) == given) return;
  const std::string place = key(fmt::format("state/answers/{}", order_->node));
  change(json::array({is_of(key("state/proposal"), given.mod)}),
         json::array({put_step(place, json_of(given), lease_)}), [this, given](bool done) {
           if (!done) return;
           view_.answers.insert_or_assign(order_->node, given);
           tell_view_within(kTogetherMost);
         });
}

}   // namespace sluice
