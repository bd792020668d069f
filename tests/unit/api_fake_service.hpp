// SPDX-License-Identifier: GPL-2.0-or-later
// A Service that answers what a test put in and remembers what it was asked.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "api/router.hpp"
#include "api/service.hpp"

namespace sluice {

class FakeService : public Service {
 public:
  using json = nlohmann::json;

  std::map<std::string, ApiResult, std::less<>> answers;   // by call: "status", "show flows", "apply"
  std::vector<std::string> calls;
  std::vector<DocumentText> documents;
  std::vector<DrainRequest> drains;
  std::vector<RevisionChange> changes;
  std::vector<ForwardRequest> forwards;
  std::vector<NetworkRequest> networks;
  std::vector<EndpointRequest> endpoints;
  std::vector<PodRequest> pods;
  std::vector<ContainerRequest> containers;
  std::vector<RelayClientRequest> relay_clients;
  std::vector<ClusterRequested> clusters;
  std::vector<EndpointTable> tables;
  std::vector<ExplainRequest> packets;
  std::vector<CaptureRequest> captures;
  std::string remover;   // who removed, or changed an endpoint, last
  std::function<void(std::string_view call)> before_answer;

  Result<json> status() override { return plain("status"); }
  Result<json> show(std::string_view what) override { return plain("show " + std::string(what)); }
  // Lists that are told in pieces of two rows; `broken` after the first.
  std::map<std::string, std::vector<json>, std::less<>> lists;
  bool broken = false;
  Result<std::unique_ptr<RowReader>> rows(std::string_view what) override {
    const auto found = lists.find(what);
    if (found == lists.end()) return nullptr;
    plain("rows " + std::string(what));
    return std::make_unique<Pieces>(found->second, broken);
  }
  Result<std::string> metrics() override { return "sluice_build_info 1\n"; }
  Result<json> bundle(std::string_view part) override { return plain("bundle " + std::string(part)); }
  Result<std::unique_ptr<RowReader>> bundle_journal() override { return rows("journal"); }
  Result<json> explain(const ExplainRequest& packet) override {
    packets.push_back(packet);
    return plain("explain");
  }
  Result<json> document(const RevisionName& revision, bool resolved) override {
    return plain("document" + (revision ? " " + std::to_string(*revision) : "") +
                 (resolved ? " resolved" : ""));
  }
  Result<json> history(int64_t limit) override {
    return plain(limit == std::numeric_limits<int64_t>::max() ? "history"
                                                              : "history " + std::to_string(limit));
  }
  Result<json> diff(const RevisionName& before, const RevisionName& after) override {
    const auto word = [](const RevisionName& name) { return name ? std::to_string(*name) : "running"; };
    return plain("diff " + word(before) + " " + word(after));
  }
  ApiResult confirm(const RevisionChange& change) override {
    changes.push_back(change);
    return answer("confirm");
  }
  ApiResult roll_back(const RevisionChange& change) override {
    changes.push_back(change);
    return answer("rollback " + std::to_string(change.revision));
  }
  std::vector<RestoreRequest> restores;
  Result<json> backup() override { return plain("backup"); }
  ApiResult restore(RestoreRequest request) override {
    restores.push_back(std::move(request));
    return answer("restore");
  }
  std::shared_ptr<Feed> feed;
  Result<std::shared_ptr<Feed>> watch(Watched what, bool now) override {
    TRY(plain(fmt::format("watch {}{}", kWatchedNames[static_cast<size_t>(what)], now ? " now" : "")));
    return feed;
  }
  std::vector<TopQuery> top_queries;
  Result<std::shared_ptr<Feed>> top(const TopQuery& query) override {
    top_queries.push_back(query);
    TRY(plain(fmt::format("top {}", name_of(query.kind))));
    return feed;
  }
  std::vector<FlowName> ended_flows;
  Result<json> end_flow(const FlowName& flow) override {
    ended_flows.push_back(flow);
    return plain("end flow");
  }
  Result<HandOver> capture(const CaptureRequest& wanted) override {
    captures.push_back(wanted);
    TRY(plain("capture"));
    return HandOver([](UniqueFd connection) {
      constexpr std::string_view kAnswer =
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nblocks\r\n0\r\n\r\n";
      EXPECT_EQ(::write(connection.get(), kAnswer.data(), kAnswer.size()), ssize_t{kAnswer.size()});
    });
  }
  Result<json> front_config() override { return json{{"text", "global\n"}}; }
  Result<json> order_certificate(const CertificateRequest& request) override {
    return json{{"name", request.name}};
  }
  Result<json> device_status() override { return plain("reachability status"); }
  Result<json> doctor(const std::set<uint16_t>& sshd_ports) override {
    std::string call = "doctor";
    for (const uint16_t port : sshd_ports) call += " " + std::to_string(port);
    return plain(call);
  }
  Result<json> cleanup() override { return plain("cleanup"); }

  ApiResult plan(const DocumentText& document) override {
    documents.push_back(document);
    return answer("plan");
  }
  ApiResult apply(DocumentText document) override {
    documents.push_back(std::move(document));
    return answer("apply");
  }
  ApiResult add_forward(const ForwardRequest& forward) override {
    forwards.push_back(forward);
    return answer("add_forward");
  }
  ApiResult remove_forward(std::string_view name, std::string_view who) override {
    remover = who;
    return answer("remove_forward " + std::string(name));
  }
  ApiResult drain_backend(const DrainRequest& backend) override {
    drains.push_back(backend);
    return answer("drain_backend");
  }
  ApiResult add_network(const NetworkRequest& network) override {
    networks.push_back(network);
    return answer("add_network");
  }
  ApiResult remove_network(std::string_view name, std::string_view who) override {
    remover = who;
    return answer("remove_network " + std::string(name));
  }
  ApiResult add_pod(const PodRequest& pod) override {
    pods.push_back(pod);
    return answer("add_pod");
  }
  ApiResult remove_pod(std::string_view name, std::string_view who) override {
    remover = who;
    return answer("remove_pod " + std::string(name));
  }
  ApiResult add_relay_client(const RelayClientRequest& client) override {
    relay_clients.push_back(client);
    return answer("add_relay_client");
  }
  ApiResult remove_relay_client(std::string_view name, std::string_view who) override {
    remover = who;
    return answer("remove_relay_client " + std::string(name));
  }
  Result<json> ssh_config() override { return plain("ssh_config"); }
  Result<json> relay_config(std::string_view name) override {
    return plain("relay_config " + std::string(name));
  }
  Result<json> reachability_key() override { return plain("reachability_key"); }
  ApiResult join_cluster(const ClusterRequested& cluster) override {
    clusters.push_back(cluster);
    return answer("join_cluster");
  }
  ApiResult leave_cluster(const RevisionChange& change) override {
    return answer("leave_cluster " + change.why);
  }
  Result<json> cluster_status() override { return plain("cluster_status"); }
  Result<json> yield_addresses() override { return plain("yield_addresses"); }
  Result<json> test_reachability() override { return plain("test_reachability"); }
  ApiResult attach_container(const ContainerRequest& container) override {
    containers.push_back(container);
    return answer("attach_container");
  }
  ApiResult detach_container(const ContainerName& container) override {
    return answer("detach_container " + container.id + " " + container.interface);
  }
  Result<json> missing_of_container(const ContainerName& container) override {
    return plain("missing_of_container " + container.id + " " + container.interface);
  }
  ApiResult add_endpoint(const EndpointRequest& endpoint) override {
    endpoints.push_back(endpoint);
    return answer("add_endpoint");
  }
  ApiResult remove_endpoint(const EndpointName& endpoint) override {
    return of_endpoint("remove_endpoint", endpoint);
  }
  ApiResult set_endpoint(const EndpointName& endpoint, bool disabled) override {
    return of_endpoint(disabled ? "disable_endpoint" : "enable_endpoint", endpoint);
  }
  ApiResult forget_endpoint(const EndpointName& endpoint) override {
    return of_endpoint("forget_endpoint", endpoint);
  }
  ApiResult import_endpoints(const EndpointTable& table) override {
    tables.push_back(table);
    return answer("import_endpoints");
  }
  ApiResult rotate_endpoint(const KeyChange& change) override {
    return of_endpoint("rotate_endpoint" + (change.public_key.empty() ? "" : " to " + change.public_key),
                       change.endpoint);
  }
  Result<json> endpoint_document(const EndpointName& endpoint) override {
    return plain("endpoint_document " + endpoint.network + " " + endpoint.name);
  }
  Result<json> endpoint_qr(const EndpointName& endpoint) override {
    return plain("endpoint_qr " + endpoint.network + " " + endpoint.name);
  }
  Result<json> endpoint_connect(const EndpointName& endpoint) override {
    return plain("endpoint_connect " + endpoint.network + " " + endpoint.name);
  }
  Result<json> endpoint_config(const EndpointName& endpoint, uint32_t version) override {
    return plain("endpoint_config " + endpoint.network + " " + endpoint.name +
                 (version ? " " + std::to_string(version) : ""));
  }
  Result<json> endpoint_history(const EndpointName& endpoint) override {
    return plain("endpoint_history " + endpoint.network + " " + endpoint.name);
  }

 private:
  class Pieces final : public RowReader {
   public:
    Pieces(std::vector<json> rows, bool broken) : rows_(std::move(rows)), broken_(broken) {}
    Result<bool> next(std::vector<json>& rows) override {
      if (broken_ && at_) return fail("the tables were exchanged");
      for (int i = 0; i < 2 && at_ < rows_.size(); ++i) rows.push_back(rows_[at_++]);
      return at_ < rows_.size();
    }

   private:
    std::vector<json> rows_;
    size_t at_ = 0;
    bool broken_;
  };

  ApiResult answer(const std::string& call) {
    calls.push_back(call);
    if (before_answer) before_answer(call);
    const auto found = answers.find(call);
    return found == answers.end() ? ApiResult(json::object()) : found->second;
  }

  ApiResult of_endpoint(const std::string& call, const EndpointName& endpoint) {
    remover = endpoint.who;
    return answer(call + " " + endpoint.network + " " + endpoint.name);
  }

  Result<json> plain(const std::string& call) {
    auto result = answer(call);
    if (!result) return std::unexpected(result.error().error);
    return std::move(*result);
  }
};

// A router before it.
struct RouterTest : testing::Test {
  FakeService service;

  ApiResponse ask(std::string_view method, std::string_view target, std::string_view body = "") {
    return route(service, {method, target, body, "alice"});
  }
  ApiResponse as_owner(std::string_view target, std::string_view body) {
    return route(service,
                 {.method = "POST", .target = target, .body = body, .who = "root", .is_owner = true});
  }
  static std::string message(const ApiResponse& response) { return response.body["error"]["message"]; }
};

}   // namespace sluice
