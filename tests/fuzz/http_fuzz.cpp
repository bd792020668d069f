// SPDX-License-Identifier: GPL-2.0-or-later
// The control socket's way from bytes to an answer: Beast's parser with the session's limits, then the
// router with a service that says yes to everything. Seeds: any of docs/api.md's requests.
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "api/router.hpp"
#include "api/session.hpp"

namespace {

namespace http = boost::beast::http;
using namespace sluice;

// Says nothing.
class QuietFeed final : public Feed {
 public:
  void take(std::string&) override {}
  void await(std::function<void()> wake) override { wake_ = std::move(wake); }

 private:
  std::function<void()> wake_;
};

class YesService final : public Service {
 public:
  using json = nlohmann::json;
  Result<json> status() override { return json::object(); }
  Result<json> show(std::string_view what) override { return json{{std::string(what), json::array()}}; }
  Result<std::unique_ptr<RowReader>> rows(std::string_view) override { return nullptr; }
  Result<std::string> metrics() override { return "sluice_build_info 1\n"; }
  Result<json> explain(const ExplainRequest& packet) override { return json{{"protocol", packet.protocol}}; }
  Result<json> document(const RevisionName&, bool) override { return json::object(); }
  ApiResult plan(const DocumentText& document) override { return json{{"steps", document.text}}; }
  ApiResult apply(DocumentText document) override { return json{{"steps", document.text + document.why}}; }
  ApiResult confirm(const RevisionChange& change) override { return json{{"steps", change.why}}; }
  ApiResult roll_back(const RevisionChange& change) override { return json{{"steps", change.why}}; }
  Result<json> history(int64_t limit) override {
    if (limit < 0) std::abort();   // the router's promise
    return json{{"revisions", json::array()}};
  }
  Result<json> backup() override { return json::object(); }
  ApiResult restore(RestoreRequest request) override { return json{{"steps", request.backup.size()}}; }
  Result<json> diff(const RevisionName&, const RevisionName&) override { return json::object(); }
  ApiResult add_forward(const ForwardRequest& forward) override { return json{{"steps", forward.ports}}; }
  ApiResult remove_forward(std::string_view name, std::string_view) override {
    return json{{"steps", promised(name)}};
  }
  ApiResult drain_backend(const DrainRequest& backend) override {
    return json{{"steps", promised(backend.service) + promised(backend.backend)}};
  }
  ApiResult add_network(const NetworkRequest& network) override { return steps(network.values); }
  ApiResult remove_network(std::string_view name, std::string_view) override {
    return json{{"steps", promised(name)}};
  }
  ApiResult add_pod(const PodRequest& pod) override { return steps(pod.values); }
  ApiResult remove_pod(std::string_view name, std::string_view) override {
    return json{{"steps", promised(name)}};
  }
  ApiResult add_relay_client(const RelayClientRequest& client) override { return steps(client.values); }
  ApiResult remove_relay_client(std::string_view name, std::string_view) override {
    return json{{"steps", promised(name)}};
  }
  Result<json> ssh_config() override { return json{{"text", ""}}; }
  Result<json> relay_config(std::string_view name) override { return json{{"text", promised(name)}}; }
  Result<json> reachability_key() override { return json{{"public_key", ""}}; }
  ApiResult join_cluster(const ClusterRequested& cluster) override {
    return json{{"n", cluster.etcd.size()}};
  }
  ApiResult leave_cluster(const RevisionChange& change) override { return json{{"why", change.why}}; }
  Result<json> cluster_status() override { return json::object(); }
  Result<json> yield_addresses() override { return json::object(); }
  Result<json> test_reachability() override { return json{{"number", 1}}; }
  ApiResult attach_container(const ContainerRequest& container) override {
    return json{{"steps", promised(container.name.id) + promised(container.zone)}};
  }
  ApiResult detach_container(const ContainerName& container) override {
    return json{{"steps", promised(container.id) + promised(container.interface)}};
  }
  Result<json> missing_of_container(const ContainerName& container) override {
    return json{{"missing", promised(container.id)}};
  }
  ApiResult add_endpoint(const EndpointRequest& endpoint) override { return steps(endpoint.values); }
  ApiResult remove_endpoint(const EndpointName& endpoint) override { return of(endpoint); }
  ApiResult set_endpoint(const EndpointName& endpoint, bool) override { return of(endpoint); }
  ApiResult forget_endpoint(const EndpointName& endpoint) override { return of(endpoint); }
  ApiResult import_endpoints(const EndpointTable& table) override { return json{{"steps", table.csv}}; }
  ApiResult rotate_endpoint(const KeyChange& change) override { return of(change.endpoint); }
  Result<json> endpoint_config(const EndpointName& endpoint, uint32_t version) override {
    return json{{"text", promised(endpoint.network) + promised(endpoint.name)}, {"version", version}};
  }
  Result<json> endpoint_document(const EndpointName& endpoint) override {
    return json{{"text", promised(endpoint.network) + promised(endpoint.name)}};
  }
  Result<json> endpoint_qr(const EndpointName& endpoint) override {
    return json{{"rows", promised(endpoint.network) + promised(endpoint.name)}};
  }
  Result<json> endpoint_connect(const EndpointName& endpoint) override {
    return json{{"text", promised(endpoint.network) + promised(endpoint.name)}};
  }
  Result<json> bundle(std::string_view part) override { return json{{"text", promised(part)}}; }
  Result<std::unique_ptr<RowReader>> bundle_journal() override { return std::unique_ptr<RowReader>(); }
  Result<HandOver> capture(const CaptureRequest&) override { return fail("nobody captures here"); }
  Result<json> endpoint_history(const EndpointName& endpoint) override {
    return json{{"versions", promised(endpoint.network) + promised(endpoint.name)}};
  }
  Result<std::shared_ptr<Feed>> watch(Watched, bool) override { return std::make_shared<QuietFeed>(); }
  Result<std::shared_ptr<Feed>> top(const TopQuery&) override { return std::make_shared<QuietFeed>(); }
  Result<json> end_flow(const FlowName&) override { return fail("there is no flow here"); }
  Result<json> front_config() override { return json{{"text", "global\n"}}; }
  Result<json> order_certificate(const CertificateRequest& request) override {
    return json{{"name", promised(request.name)}};
  }
  Result<json> device_status() override { return json::object(); }
  Result<json> doctor(const std::set<uint16_t>& ports) override { return json{{"ports", ports}}; }
  Result<json> cleanup() override { return json::object(); }

 private:
  static std::string promised(std::string_view name) {
    if (name.empty()) std::abort();   // the router's promise
    return std::string(name);
  }
  static ApiResult of(const EndpointName& endpoint) {
    return json{{"steps", endpoint.network + endpoint.name}};
  }
  // The document's spelling is JSON, whatever was sent.
  static ApiResult steps(const DocumentValues& values) {
    for (const auto& [key, value] : values)
      if (!json::accept(value)) std::abort();
    return json{{"steps", values.size()}};
  }
};

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

// One request at the front of `bytes`; how many bytes it took, 0 when there is none or no whole one.
size_t serve(boost::asio::const_buffer bytes) {
  http::request_parser<http::string_body> parser;
  parser.header_limit(kHeaderLimit);
  parser.body_limit(kBodyLimit);
  parser.eager(true);
  boost::beast::error_code error;
  const size_t taken = parser.put(bytes, error);
  if (error || !parser.is_done()) return 0;
  const auto& request = parser.get();
  const auto method = view(request.method_string()), target = view(request.target());
  YesService service;
  const auto answer = route(service, {method, target, request.body(), "fuzz",
                                      body_format(view(request[http::field::content_type]))});
  if (answer.status < 200 || answer.status > 599 || answer.body["schema_version"] != kSchemaVersion)
    std::abort();
  static_cast<void>(answer.body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  return taken;
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  size_t at = 0;
  while (at < size) {
    const size_t taken = serve({data + at, size - at});
    if (taken == 0) break;
    at += taken;
  }
  return 0;
}
