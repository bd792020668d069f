// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/router.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "api/network_requests.hpp"
#include "api/pod_requests.hpp"
#include "api/requests.hpp"
#include "api/revision_requests.hpp"
#include "api/service_requests.hpp"
#include "api/target.hpp"

namespace sluice {
namespace {

// What a handler gets to work with: `tail` is what follows the target in the table, a segment decoded.
struct Call {
  Service& service;
  const ApiRequest& request;
  std::string tail;
  std::unique_ptr<RowReader> rows = {};   // the answer is these
  std::string metrics = {};               // or this text
  std::shared_ptr<Feed> feed = {};        // or what comes
};

ApiResult show(Call& call) {
  call.rows = TRY(call.service.rows(call.tail));
  return call.rows ? ApiResult(nlohmann::json()) : ApiResult(call.service.show(call.tail));
}

constexpr std::pair<ErrorKind, std::string_view> kKinds[] = {
    {ErrorKind::kFailed, "failed"},
    {ErrorKind::kInvalidDocument, "invalid_document"},
    {ErrorKind::kUnreachable, "unreachable"},
    {ErrorKind::kNotPermitted, "not_permitted"},
    {ErrorKind::kUsage, "usage"},
    {ErrorKind::kRolledBack, "rolled_back"},
};

constexpr unsigned http_status(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalidDocument: return 422;
    case ErrorKind::kUnreachable: return 503;
    case ErrorKind::kNotPermitted: return 403;
    case ErrorKind::kUsage: return 400;
    case ErrorKind::kRolledBack: return 409;
    case ErrorKind::kFailed: break;
  }
  return 500;
}

struct Route {
  // A target that ends in '/' takes one more segment, one that ends in '?' a query.
  std::string_view method, target;
  ApiResult (*handle)(Call&);
  std::span<const std::string_view> segments = {};   // which segments there are; empty: any
  bool owner_only = false;
};

constexpr Route kRoutes[] = {
    {"GET", "/v1/status", [](Call& call) -> ApiResult { return call.service.status(); }},
    {"GET", "/v1/show/", show, kShowObjects},
    {"GET", "/metrics",
     [](Call& call) -> ApiResult {
       call.metrics = TRY(call.service.metrics());
       return nlohmann::json();
     }},
    {"GET", "/v1/monitor/health?",
     [](Call& call) -> ApiResult {
       call.feed = TRY(call.service.watch_health(TRY(read_monitor_query(call.tail))));
       return nlohmann::json();
     }},
    {"GET", "/v1/explain?",
     [](Call& call) -> ApiResult { return call.service.explain(TRY(read_packet(call.tail))); }},
    {"GET", "/v1/document?",
     [](Call& call) -> ApiResult {
       const auto wanted = TRY(read_document_query(call.tail));
       return call.service.document(wanted.revision, wanted.resolved);
     }},
    {"POST", "/v1/plan",
     [](Call& call) -> ApiResult { return call.service.plan(TRY(read_document(call.request))); }},
    {"POST", "/v1/apply",
     [](Call& call) -> ApiResult { return call.service.apply(TRY(read_apply(call.request))); }},
    {"POST", "/v1/confirm",
     [](Call& call) -> ApiResult { return call.service.confirm(TRY(read_confirm(call.request))); }},
    {"POST", "/v1/rollback",
     [](Call& call) -> ApiResult { return call.service.roll_back(TRY(read_rollback(call.request))); }},
    {"GET", "/v1/history?",
     [](Call& call) -> ApiResult { return call.service.history(TRY(read_history_query(call.tail))); }},
    {"POST",
     "/v1/backup",
     [](Call& call) -> ApiResult {
       TRY(read_nothing(call.request));
       return call.service.backup();
     },
     {},
     true},
    {"POST",
     "/v1/restore",
     [](Call& call) -> ApiResult { return call.service.restore(TRY(read_restore(call.request))); },
     {},
     true},
    {"GET", "/v1/diff?",
     [](Call& call) -> ApiResult {
       const auto wanted = TRY(read_diff_query(call.tail));
       return call.service.diff(wanted.before, wanted.after);
     }},
    {"POST", "/v1/forwards",
     [](Call& call) -> ApiResult { return call.service.add_forward(TRY(read_forward(call.request))); }},
    {"DELETE", "/v1/forwards/",
     [](Call& call) -> ApiResult { return call.service.remove_forward(call.tail, call.request.who); }},
    {"POST", "/v1/services/drain",
     [](Call& call) -> ApiResult { return call.service.drain_backend(TRY(read_drain(call.request))); }},
    {"POST", "/v1/services/undrain",
     [](Call& call) -> ApiResult { return call.service.drain_backend(TRY(read_undrain(call.request))); }},
    {"POST", "/v1/pods",
     [](Call& call) -> ApiResult { return call.service.add_pod(TRY(read_pod(call.request))); }},
    {"DELETE", "/v1/pods/",
     [](Call& call) -> ApiResult { return call.service.remove_pod(call.tail, call.request.who); }},
    {"POST", "/v1/networks",
     [](Call& call) -> ApiResult { return call.service.add_network(TRY(read_network(call.request))); }},
    {"DELETE", "/v1/networks/",
     [](Call& call) -> ApiResult { return call.service.remove_network(call.tail, call.request.who); }},
    {"DELETE", "/v1/endpoints?",
     [](Call& call) -> ApiResult {
       return call.service.remove_endpoint(TRY(read_endpoint_query(call.request, call.tail)));
     }},
    {"POST", "/v1/endpoints",
     [](Call& call) -> ApiResult { return call.service.add_endpoint(TRY(read_endpoint(call.request))); }},
    {"POST", "/v1/endpoints/set",
     [](Call& call) -> ApiResult {
       const auto [endpoint, disabled] = TRY(read_endpoint_switch(call.request));
       return call.service.set_endpoint(endpoint, disabled);
     }},
    {"POST", "/v1/endpoints/forget",
     [](Call& call) -> ApiResult {
       return call.service.forget_endpoint(TRY(read_endpoint_name(call.request)));
     }},
    {"POST", "/v1/endpoints/rotate",
     [](Call& call) -> ApiResult {
       return call.service.rotate_endpoint(TRY(read_key_change(call.request)));
     }},
    {"POST", "/v1/endpoints/import",
     [](Call& call) -> ApiResult {
       return call.service.import_endpoints(TRY(read_endpoint_table(call.request)));
     }},
    {"GET", "/v1/endpoint-config?",
     [](Call& call) -> ApiResult {
       const auto [endpoint, version] = TRY(read_version_query(call.request, call.tail));
       return call.service.endpoint_config(endpoint, version);
     }},
    {"GET", "/v1/endpoint-document?",
     [](Call& call) -> ApiResult {
       return call.service.endpoint_document(TRY(read_endpoint_query(call.request, call.tail)));
     }},
    {"GET", "/v1/endpoint-history?",
     [](Call& call) -> ApiResult {
       return call.service.endpoint_history(TRY(read_endpoint_query(call.request, call.tail)));
     }},
    {"GET", "/v1/front/config", [](Call& call) -> ApiResult { return call.service.front_config(); }},
    {"GET", "/v1/doctor", [](Call& call) -> ApiResult { return call.service.doctor(); }},
    {"POST", "/v1/cleanup", [](Call& call) -> ApiResult { return call.service.cleanup(); }},
};

// The query as it is; none is like an empty one.
std::optional<std::string> match_query(std::string_view path, std::string_view target) {
  const size_t mark = std::min(target.find('?'), target.size());
  if (target.substr(0, mark) != path) return std::nullopt;
  return std::string(target.substr(std::min(mark + 1, target.size())));
}

std::optional<std::string> match(const Route& route, std::string_view target) {
  if (route.target.ends_with('?'))
    return match_query(route.target.substr(0, route.target.size() - 1), target);
  if (!route.target.ends_with('/')) return target == route.target ? std::optional("") : std::nullopt;
  if (!target.starts_with(route.target)) return std::nullopt;
  auto segment = decode_segment(target.substr(route.target.size()));
  if (!segment || route.segments.empty()) return segment;
  return std::ranges::find(route.segments, *segment) == route.segments.end() ? std::nullopt : segment;
}

ApiResponse answer(const Route& route, Call& call) {
  if (route.owner_only && !call.request.is_owner)
    return error_response(403, Error{"a backup has secret keys: that takes root", ErrorKind::kNotPermitted});
  auto result = route.handle(call);
  if (!result) return error_response(http_status(result.error().error.kind), result.error());
  if (call.rows) return {.rows = std::move(call.rows), .list = call.tail};
  if (!call.metrics.empty()) return {.metrics = std::move(call.metrics)};
  if (call.feed) return {.feed = std::move(call.feed)};
  ApiResponse response{200, std::move(*result)};
  response.body["schema_version"] = kSchemaVersion;
  return response;
}

ApiResponse wrong_method(std::string_view target, std::string_view allow) {
  auto response =
      error_response(405, Error{fmt::format("{} is asked with {}", target, allow), ErrorKind::kUsage});
  response.allow = allow;
  return response;
}

ApiResponse find_and_answer(Service& service, const ApiRequest& request) {
  std::string_view allow;
  for (const auto& route : kRoutes) {
    const auto tail = match(route, request.target);
    if (!tail) continue;
    Call call{service, request, *tail};
    if (request.method == route.method) return answer(route, call);
    allow = route.method;
  }
  if (!allow.empty()) return wrong_method(request.target, allow);
  return error_response(404, Error{fmt::format("there is no {}", request.target), ErrorKind::kUsage});
}

}   // namespace

ApiResponse route(Service& service, const ApiRequest& request) {
  try {
    return find_and_answer(service, request);
  } catch (const std::exception& error) {
    return error_response(500, Error{fmt::format("unexpected failure: {}", error.what())});
  }
}

ApiResponse error_response(unsigned status, const ApiError& error) {
  nlohmann::json body = {{"message", error.error.message}, {"kind", kind_name(error.error.kind)}};
  if (!error.complaints.empty()) body["complaints"] = error.complaints;
  return {status, {{"schema_version", kSchemaVersion}, {"error", std::move(body)}}};
}

std::string_view kind_name(ErrorKind kind) {
  for (const auto& [value, name] : kKinds)
    if (value == kind) return name;
  return "failed";
}

ErrorKind kind_of_name(std::string_view name) {
  for (const auto& [kind, text] : kKinds)
    if (text == name) return kind;
  return ErrorKind::kFailed;
}

}   // namespace sluice
