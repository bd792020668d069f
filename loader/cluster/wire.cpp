// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/wire.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "talk/json_values.hpp"

namespace sluice {
namespace {

using nlohmann::json;

json json_of(const HttpsUrl& url) { return {{"host", url.host}, {"port", url.port}}; }

json json_of(const SharedDocument& document) {
  return {{"id", document.id}, {"text", document.text}, {"files", document.files}};
}

SharedDocument document_of(const json& object) {
  return {.id = object.at("id"), .text = object.at("text"), .files = object.at("files").get<NamedTexts>()};
}

json tell(const ClusterOrder& order) {
  json places = json::array();
  for (const HttpsUrl& url : order.etcd) places.push_back(json_of(url));
  return {{"order",
           {{"name", order.name},
            {"node", order.node},
            {"etcd", std::move(places)},
            {"ca", order.ca},
            {"cert", order.cert},
            {"key", order.key}}}};
}
json tell(const NodeNews& news) { return {{"node", json_of(news)}}; }
json tell(const Propose& propose) {
  return {{"propose", json_of(propose.proposal)},
          {"document", json_of(propose.document)},
          {"first", propose.is_first},
          {"base", propose.base}};
}
json tell(const NodeAnswer& answer) { return {{"answer", json_of(answer)}}; }
json tell(const Settle& settle) { return {{"settle", settle.mod}}; }
json tell(const Withdraw& withdraw) { return {{"withdraw", withdraw.mod}, {"why", withdraw.why}}; }
json tell(const Fetch& fetch) { return {{"fetch", fetch.id}}; }

ClusterOrder order_of(const json& object) {
  ClusterOrder order{.name = object.at("name"),
                     .node = object.at("node"),
                     .etcd = {},
                     .ca = object.at("ca"),
                     .cert = object.at("cert"),
                     .key = object.at("key")};
  for (const json& url : object.at("etcd"))
    order.etcd.push_back({.host = url.at("host"), .port = url.at("port"), .target = "/"});
  if (order.etcd.empty()) throw std::invalid_argument("etcd is nowhere");
  return order;
}

ClusterRequest request_of(const json& object) {
  if (object.contains("order")) return order_of(object["order"]);
  if (object.contains("node")) return news_of(object["node"]);
  if (object.contains("propose"))
    return Propose{.proposal = proposal_of(object["propose"]),
                   .document = document_of(object.at("document")),
                   .is_first = object.at("first"),
                   .base = object.at("base")};
  if (object.contains("answer")) return answer_of(object["answer"]);
  if (object.contains("settle")) return Settle{object["settle"]};
  if (object.contains("withdraw")) return Withdraw{object["withdraw"], object.at("why")};
  return Fetch{object.at("fetch")};
}

ClusterNews cluster_news_of(const json& object, const ClusterView& known) {
  if (object.contains("view")) return view_of(object["view"], known);
  if (object.contains("document")) return document_of(object["document"]);
  if (object.contains("refused")) return ProposalRefused{object["refused"], object.at("why")};
  if (object.contains("lacks")) return DocumentLack{object["lacks"], object.at("why")};
  return ClusterTrouble{object.at("trouble")};
}

}   // namespace

std::string encode_cluster_request(const ClusterRequest& request) {
  return line_of_json(std::visit([](const auto& one) { return tell(one); }, request));
}

Result<ClusterRequest> decode_cluster_request(std::string_view line) try {
  return request_of(json::parse(line));
} catch (const std::exception& error) {
  return fail(std::string("what etcd is to be asked: ") + error.what());
}

std::string encode_cluster_news(const ClusterNews& news, const ClusterView& known) {
  if (const auto* view = std::get_if<ClusterView>(&news))
    return line_of_json({{"view", json_of(*view, known)}});
  if (const auto* document = std::get_if<SharedDocument>(&news))
    return line_of_json({{"document", json_of(*document)}});
  if (const auto* refused = std::get_if<ProposalRefused>(&news))
    return line_of_json({{"refused", refused->id}, {"why", refused->why}});
  if (const auto* lack = std::get_if<DocumentLack>(&news))
    return line_of_json({{"lacks", lack->id}, {"why", lack->why}});
  return line_of_json({{"trouble", std::get<ClusterTrouble>(news).why}});
}

Result<ClusterNews> decode_cluster_news(std::string_view line, const ClusterView& known) try {
  return cluster_news_of(json::parse(line), known);
} catch (const std::exception& error) {
  return fail(std::string("what etcd said: ") + error.what());
}

}   // namespace sluice
