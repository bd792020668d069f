// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/routes.hpp"

#include "api/capture_requests.hpp"
#include "api/cluster_requests.hpp"
#include "api/container_requests.hpp"
#include "api/doctor_requests.hpp"
#include "api/network_requests.hpp"
#include "api/pod_requests.hpp"
#include "api/relay_requests.hpp"
#include "api/requests.hpp"
#include "api/revision_requests.hpp"
#include "api/service_requests.hpp"
#include "api/target.hpp"
#include "api/top_requests.hpp"

namespace sluice {
namespace {

constexpr std::string_view kHasKeys = "a backup has secret keys";
constexpr std::string_view kDecides = "who writes to that etcd decides what this gateway does";

ApiResult show(RoutedCall& call) {
  call.rows = TRY(call.service.rows(call.tail));
  return call.rows ? ApiResult(nlohmann::json()) : ApiResult(call.service.show(call.tail));
}

ApiResult bundle(RoutedCall& call) {
  if (call.tail != "journal") return call.service.bundle(call.tail);
  call.rows = TRY(call.service.bundle_journal());
  return nlohmann::json();
}

template <Watched what>
ApiResult watch(RoutedCall& call) {
  call.feed = TRY(call.service.watch(what, TRY(read_monitor_query(call.tail))));
  return nlohmann::json();
}

template <TopKind kind>
ApiResult top(RoutedCall& call) {
  call.feed = TRY(call.service.top(TRY(read_top_query(kind, call.tail))));
  return nlohmann::json();
}

constexpr ApiRoute kRoutes[] = {
    {"GET", "/v1/status", [](RoutedCall& call) -> ApiResult { return call.service.status(); }},
    {"GET", "/v1/show/", show, kShowObjects},
    {"GET", "/metrics",
     [](RoutedCall& call) -> ApiResult {
       call.metrics = TRY(call.service.metrics());
       return nlohmann::json();
     }},
    {"GET", "/v1/bundle/", bundle, kBundleParts},
    {"GET", "/v1/monitor/drops?", watch<Watched::kDrops>},
    {"GET", "/v1/monitor/flows?", watch<Watched::kFlows>},
    {"GET", "/v1/monitor/health?", watch<Watched::kHealth>},
    {"GET", "/v1/monitor/changes?", watch<Watched::kChanges>},
    {"GET", "/v1/monitor/all?", watch<Watched::kAll>},
    {"GET", "/v1/top/interfaces?", top<TopKind::kInterfaces>},
    {"GET", "/v1/top/talkers?", top<TopKind::kTalkers>},
    {"GET", "/v1/top/flows?", top<TopKind::kFlows>},
    {"GET", "/v1/top/services?", top<TopKind::kServices>},
    {"GET", "/v1/top/tenants?", top<TopKind::kTenants>},
    {"GET", "/v1/top/drops?", top<TopKind::kDrops>},
    {"GET", "/v1/top/endpoints?", top<TopKind::kEndpoints>},
    {"DELETE", "/v1/flows?",
     [](RoutedCall& call) -> ApiResult {
       return call.service.end_flow(TRY(read_flow_query(call.request, call.tail)));
     }},
    {"POST", "/v1/capture",
     [](RoutedCall& call) -> ApiResult {
       call.hand_over = TRY(call.service.capture(TRY(read_capture(call.request))));
       return nlohmann::json();
     }},
    {"GET", "/v1/explain?",
     [](RoutedCall& call) -> ApiResult { return call.service.explain(TRY(read_packet(call.tail))); }},
    {"GET", "/v1/document?",
     [](RoutedCall& call) -> ApiResult {
       const auto wanted = TRY(read_document_query(call.tail));
       return call.service.document(wanted.revision, wanted.resolved);
     }},
    {"POST", "/v1/plan",
     [](RoutedCall& call) -> ApiResult { return call.service.plan(TRY(read_document(call.request))); }},
    {"POST", "/v1/apply",
     [](RoutedCall& call) -> ApiResult { return call.service.apply(TRY(read_apply(call.request))); }},
    {"POST", "/v1/confirm",
     [](RoutedCall& call) -> ApiResult { return call.service.confirm(TRY(read_reason(call.request))); }},
    {"POST", "/v1/rollback",
     [](RoutedCall& call) -> ApiResult { return call.service.roll_back(TRY(read_rollback(call.request))); }},
    {"GET", "/v1/history?",
     [](RoutedCall& call) -> ApiResult { return call.service.history(TRY(read_history_query(call.tail))); }},
    {"POST",
     "/v1/backup",
     [](RoutedCall& call) -> ApiResult {
       TRY(read_nothing(call.request));
       return call.service.backup();
     },
     {},
     kHasKeys},
    {"POST",
     "/v1/restore",
     [](RoutedCall& call) -> ApiResult { return call.service.restore(TRY(read_restore(call.request))); },
     {},
     kHasKeys},
    {"GET", "/v1/diff?",
     [](RoutedCall& call) -> ApiResult {
       const auto wanted = TRY(read_diff_query(call.tail));
       return call.service.diff(wanted.before, wanted.after);
     }},
    {"POST", "/v1/forwards",
     [](RoutedCall& call) -> ApiResult { return call.service.add_forward(TRY(read_forward(call.request))); }},
    {"DELETE", "/v1/forwards/",
     [](RoutedCall& call) -> ApiResult { return call.service.remove_forward(call.tail, call.request.who); }},
    {"POST", "/v1/services/drain",
     [](RoutedCall& call) -> ApiResult { return call.service.drain_backend(TRY(read_drain(call.request))); }},
    {"POST", "/v1/services/undrain",
     [](RoutedCall& call) -> ApiResult {
       return call.service.drain_backend(TRY(read_undrain(call.request)));
     }},
    {"POST", "/v1/pods",
     [](RoutedCall& call) -> ApiResult { return call.service.add_pod(TRY(read_pod(call.request))); }},
    {"DELETE", "/v1/pods/",
     [](RoutedCall& call) -> ApiResult { return call.service.remove_pod(call.tail, call.request.who); }},
    {"POST", "/v1/relay/clients",
     [](RoutedCall& call) -> ApiResult {
       return call.service.add_relay_client(TRY(read_relay_client(call.request)));
     }},
    {"DELETE", "/v1/relay/clients/",
     [](RoutedCall& call) -> ApiResult {
       return call.service.remove_relay_client(call.tail, call.request.who);
     }},
    {"GET", "/v1/relay/config?",
     [](RoutedCall& call) -> ApiResult {
       return call.service.relay_config(TRY(read_relay_query(call.tail)));
     }},
    {"GET", "/v1/ssh/config", [](RoutedCall& call) -> ApiResult { return call.service.ssh_config(); }},
    {"POST", "/v1/reachability/key",
     [](RoutedCall& call) -> ApiResult {
       TRY(read_nothing(call.request));
       return call.service.reachability_key();
     }},
    {"POST", "/v1/reachability/test",
     [](RoutedCall& call) -> ApiResult {
       TRY(read_nothing(call.request));
       return call.service.test_reachability();
     }},
    {"DELETE", "/v1/containers?",
     [](RoutedCall& call) -> ApiResult {
       return call.service.detach_container(TRY(read_container_query(call.tail)));
     }},
    {"POST", "/v1/containers",
     [](RoutedCall& call) -> ApiResult {
       return call.service.attach_container(TRY(read_container(call.request)));
     }},
    {"GET", "/v1/containers/missing?",
     [](RoutedCall& call) -> ApiResult {
       return call.service.missing_of_container(TRY(read_container_query(call.tail)));
     }},
    {"POST", "/v1/networks",
     [](RoutedCall& call) -> ApiResult { return call.service.add_network(TRY(read_network(call.request))); }},
    {"DELETE", "/v1/networks/",
     [](RoutedCall& call) -> ApiResult { return call.service.remove_network(call.tail, call.request.who); }},
    {"DELETE", "/v1/endpoints?",
     [](RoutedCall& call) -> ApiResult {
       return call.service.remove_endpoint(TRY(read_endpoint_query(call.request, call.tail)));
     }},
    {"POST", "/v1/endpoints",
     [](RoutedCall& call) -> ApiResult {
       return call.service.add_endpoint(TRY(read_endpoint(call.request)));
     }},
    {"POST", "/v1/endpoints/set",
     [](RoutedCall& call) -> ApiResult {
       const auto [endpoint, disabled] = TRY(read_endpoint_switch(call.request));
       return call.service.set_endpoint(endpoint, disabled);
     }},
    {"POST", "/v1/endpoints/forget",
     [](RoutedCall& call) -> ApiResult {
       return call.service.forget_endpoint(TRY(read_endpoint_name(call.request)));
     }},
    {"POST", "/v1/endpoints/rotate",
     [](RoutedCall& call) -> ApiResult {
       return call.service.rotate_endpoint(TRY(read_key_change(call.request)));
     }},
    {"POST", "/v1/endpoints/import",
     [](RoutedCall& call) -> ApiResult {
       return call.service.import_endpoints(TRY(read_endpoint_table(call.request)));
     }},
    {"GET", "/v1/endpoint-config?",
     [](RoutedCall& call) -> ApiResult {
       const auto [endpoint, version] = TRY(read_version_query(call.request, call.tail));
       return call.service.endpoint_config(endpoint, version);
     }},
    {"GET", "/v1/endpoint-qr?",
     [](RoutedCall& call) -> ApiResult {
       return call.service.endpoint_qr(TRY(read_endpoint_query(call.request, call.tail)));
     }},
    {"GET", "/v1/endpoint-document?",
     [](RoutedCall& call) -> ApiResult {
       return call.service.endpoint_document(TRY(read_endpoint_query(call.request, call.tail)));
     }},
    {"GET", "/v1/endpoint-connect?",
     [](RoutedCall& call) -> ApiResult {
       return call.service.endpoint_connect(TRY(read_endpoint_query(call.request, call.tail)));
     }},
    {"GET", "/v1/endpoint-history?",
     [](RoutedCall& call) -> ApiResult {
       return call.service.endpoint_history(TRY(read_endpoint_query(call.request, call.tail)));
     }},
    {"POST", "/v1/front/renew",
     [](RoutedCall& call) -> ApiResult {
       return call.service.order_certificate(TRY(read_certificate_request(call.request, false)));
     }},
    {"POST", "/v1/front/revoke",
     [](RoutedCall& call) -> ApiResult {
       return call.service.order_certificate(TRY(read_certificate_request(call.request, true)));
     }},
    {"GET", "/v1/front/config", [](RoutedCall& call) -> ApiResult { return call.service.front_config(); }},
    {"GET", "/v1/cluster", [](RoutedCall& call) -> ApiResult { return call.service.cluster_status(); }},
    {"POST",
     "/v1/cluster/join",
     [](RoutedCall& call) -> ApiResult {
       return call.service.join_cluster(TRY(read_cluster_join(call.request)));
     },
     {},
     kDecides},
    {"POST", "/v1/cluster/leave",
     [](RoutedCall& call) -> ApiResult {
       return call.service.leave_cluster(TRY(read_reason(call.request)));
     }},
    {"POST", "/v1/cluster/yield",
     [](RoutedCall& call) -> ApiResult { return call.service.yield_addresses(); }},
    {"GET", "/v1/device/status", [](RoutedCall& call) -> ApiResult { return call.service.device_status(); }},
    {"GET", "/v1/doctor?",
     [](RoutedCall& call) -> ApiResult { return call.service.doctor(TRY(read_doctor_query(call.tail))); }},
    {"POST", "/v1/cleanup", [](RoutedCall& call) -> ApiResult { return call.service.cleanup(); }},
};

}   // namespace

std::span<const ApiRoute> routes() { return kRoutes; }

}   // namespace sluice
