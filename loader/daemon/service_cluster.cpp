// SPDX-License-Identifier: GPL-2.0-or-later
// From one machine to a node of a cluster, and back: edits of this gateway's own document.
#include <fmt/format.h>

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
  return as_entry(TRY(apply_here(std::move(text))));
}

// Of a document that makes the gateway a node: who applied it waits until it has what the others have.
json GatewayService::as_entry(json answer) {
  if (!cluster_->joined() || !answer.value("deadline", json()).is_null()) return answer;
  answer["cluster"] = cluster_->status();
  answer["cluster"]["joins"] = true;
  return answer;
}

ApiResult GatewayService::leave_cluster(const RevisionChange& change) {
  if (!cluster_->joined()) return fail("this gateway is a node of no cluster");
  if (TRY(gateway_.confirmation()))
    return fail("a change of the cluster's document is being made: try again");
  const Revision& source = gateway_.current()->source;
  const Document& document = gateway_.current()->document;
  const std::string name = document.cluster->name;
  std::string text = TRY(remove_cluster(source.text, source.file));
  // The addresses that move belong to those that stay, and somebody may be there where etcd cannot be asked.
  // Who is the last takes them along.
  if (document.cluster->addresses && !cluster_->is_alone())
    for (const Interface& interface : document.interfaces)
      if (interface.moves || interface.shared)
        text = TRY(put_addresses(text, source.file, interface.name, interface.own_addresses));
  return apply_here({.file = source.file,
                     .text = std::move(text),
                     .who = change.who,
                     .why = change.why.empty() ? "cluster leave " + name : change.why,
                     .files = source.files});
}

Result<json> GatewayService::yield_addresses() {
  if (!cluster_->joined()) return fail("this gateway is a node of no cluster");
  TRY(cluster_->yield());
  return cluster_->status();
}

}   // namespace sluice
