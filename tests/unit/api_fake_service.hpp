// SPDX-License-Identifier: GPL-2.0-or-later
// A Service that answers what a test put in and remembers what it was asked.
#pragma once

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
  std::vector<EndpointTable> tables;
  std::vector<ExplainRequest> packets;
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
  Result<std::shared_ptr<Feed>> watch_health(bool now) override {
    TRY(plain(now ? "watch health now" : "watch health"));
    return feed;
  }
  Result<json> front_config() override { return json{{"text", "global\n"}}; }
  Result<json> doctor() override { return plain("doctor"); }
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
  static std::string message(const ApiResponse& response) { return response.body["error"]["message"]; }
};

}   // namespace sluice
