// SPDX-License-Identifier: GPL-2.0-or-later
// From one machine to a node of a cluster, and back: edits of this gateway's own document.
#include <fmt/format.h>

#include "base/text.hpp"
#include "config/config.hpp"
#include "daemon/service.hpp"

namespace sluice {
namespace {

using nlohmann::json;

// Of a gateway that has none yet: it carries nothing, so no programs are loaded for it.
constexpr std::string_view kEmptyDocument =
    "{\n  \"version\": 1,\n  \"engine\": \"nftables\",\n  \"interfaces\": {}\n}\n";

std::string cluster_value(const ClusterRequested& cluster) {
  json store = {{"etcd", cluster.etcd}};
  for (const auto& [key, value] : cluster.files) store[key] = json::parse(value);
  return json{{"name", cluster.name}, {"node", cluster.node}, {"store", std::move(store)}}.dump(
      -1, ' ', false, json::error_handler_t::replace);
}

// Something may name a rule that is left out.
Result<> expect_complete(const LeftCluster& left, const Revision& source) {
  if (left.left_out.empty()) return {};
  const auto checked = check_document(left.text, source.file, {}, source.files);
  if (checked) return {};
  return fail(
      fmt::format("this gateway cannot leave: other nodes keep the addresses of {}, and without that the "
                  "document is none: {}",
                  join(left.left_out, ", "), checked.error().front().text));
}

}   // namespace

ApiResult GatewayService::join_cluster(const ClusterRequested& cluster) {
  if (cluster_->joined())
    return fail(fmt::format("this gateway is a node of cluster {} already",
                            gateway_.current()->document.cluster->name));
  if (TRY(gateway_.confirmation())) return fail("a revision waits to be confirmed: `sluice confirm` first");
  DocumentText text{
      .file = "cluster join", .text = std::string(kEmptyDocument), .who = cluster.who, .why = {}};
  if (const auto& current = gateway_.current()) {
    text.file = current->source.file;
    text.text = current->source.text;
    text.files = current->source.files;
  }
  text.text = TRY(put_cluster(text.text, text.file, cluster_value(cluster)));
  text.why =
      cluster.why.empty() ? fmt::format("cluster join {} {}", cluster.name, cluster.node) : cluster.why;
  text.replaces = cluster.replaces;
  return apply_alone(std::move(text));
}

// It may make the gateway a node. Then who applied it waits until it has what the others have.
ApiResult GatewayService::apply_alone(DocumentText text) {
  const auto& current = gateway_.current();
  const int64_t before = current && !current->document.interfaces.empty() ? gateway_.revision() : 0;
  const bool waits = text.confirm_within.has_value();
  text.replaces |= before == 0;
  const bool replaces = text.replaces;
  json answer = TRY(apply_here(std::move(text)));
  if (!cluster_->joined()) return answer;
  cluster_->enter(before, replaces);
  if (waits) return answer;
  answer["deadline"] = nullptr;   // nobody has to do anything
  answer["cluster"] = cluster_->status();
  answer["cluster"]["joins"] = true;
  return answer;
}

ApiResult GatewayService::leave_cluster(const RevisionChange& change) {
  if (!cluster_->joined()) return fail("this gateway is a node of no cluster");
  if (cluster_->is_joining() && TRY(gateway_.confirmation()))   // it is none yet
    return answer_of(TRY(gateway_.roll_back(0, change.who, "cluster leave")), {});
  if (TRY(gateway_.confirmation()))
    return fail("a change of the cluster's document is being made: try again");
  const Revision& source = gateway_.current()->source;
  const Document& document = gateway_.current()->document;
  const std::string name = document.cluster->name;
  // Where etcd cannot be asked somebody may be there.
  LeftCluster left = TRY(without_cluster(source.text, source.file, document, cluster_->is_alone()));
  TRY(expect_complete(left, source));
  json answer = TRY(apply_here({.file = source.file,
                                .text = std::move(left.text),
                                .who = change.who,
                                .why = change.why.empty() ? "cluster leave " + name : change.why,
                                .files = source.files}));
  for (const std::string& rule : left.left_out)
    answer["notes"].push_back(rule + " is left out: that address stays with the other nodes");
  return answer;
}

Result<json> GatewayService::yield_addresses() {
  if (!cluster_->joined()) return fail("this gateway is a node of no cluster");
  TRY(cluster_->yield());
  return cluster_->status();
}

}   // namespace sluice
