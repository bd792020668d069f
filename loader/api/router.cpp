// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/router.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "api/routes.hpp"
#include "api/target.hpp"

namespace sluice {
namespace {

constexpr std::pair<ErrorKind, std::string_view> kKinds[] = {
    {ErrorKind::kFailed, "failed"},
    {ErrorKind::kInvalidDocument, "invalid_document"},
    {ErrorKind::kUnreachable, "unreachable"},
    {ErrorKind::kNotPermitted, "not_permitted"},
    {ErrorKind::kUsage, "usage"},
    {ErrorKind::kRolledBack, "rolled_back"},
    {ErrorKind::kBusy, "busy"},
};

constexpr unsigned http_status(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalidDocument: return 422;
    case ErrorKind::kUnreachable:
    case ErrorKind::kBusy: return 503;
    case ErrorKind::kNotPermitted: return 403;
    case ErrorKind::kUsage: return 400;
    case ErrorKind::kRolledBack: return 409;
    case ErrorKind::kFailed: break;
  }
  return 500;
}

// The query as it is; none is like an empty one.
std::optional<std::string> match_query(std::string_view path, std::string_view target) {
  const size_t mark = std::min(target.find('?'), target.size());
  if (target.substr(0, mark) != path) return std::nullopt;
  return std::string(target.substr(std::min(mark + 1, target.size())));
}

std::optional<std::string> match(const ApiRoute& route, std::string_view target) {
  if (route.target.ends_with('?'))
    return match_query(route.target.substr(0, route.target.size() - 1), target);
  if (!route.target.ends_with('/')) return target == route.target ? std::optional("") : std::nullopt;
  if (!target.starts_with(route.target)) return std::nullopt;
  auto segment = decode_segment(target.substr(route.target.size()));
  if (!segment || route.segments.empty()) return segment;
  return std::ranges::find(route.segments, *segment) == route.segments.end() ? std::nullopt : segment;
}

ApiResponse answer(const ApiRoute& route, RoutedCall& call) {
  if (!route.owner_only.empty() && !call.request.is_owner)
    return error_response(
        403, Error{fmt::format("{}: that takes root", route.owner_only), ErrorKind::kNotPermitted});
  auto result = route.handle(call);
  if (!result) return error_response(http_status(result.error().error.kind), result.error());
  if (call.rows) return {.rows = std::move(call.rows), .list = call.tail};
  if (!call.metrics.empty()) return {.metrics = std::move(call.metrics)};
  if (call.feed) return {.feed = std::move(call.feed)};
  if (call.hand_over) return {.hand_over = std::move(call.hand_over)};
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
  for (const ApiRoute& route : routes()) {
    const auto tail = match(route, request.target);
    if (!tail) continue;
    RoutedCall call{service, request, *tail};
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
