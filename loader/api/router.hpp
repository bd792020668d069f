// SPDX-License-Identifier: GPL-2.0-or-later
// From a request to the Service and back, without HTTP's framing: one table of targets (docs/api.md).
#pragma once

#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "api/body.hpp"
#include "api/service.hpp"

namespace sluice {

inline constexpr int kSchemaVersion = 1;
inline constexpr std::array<std::string_view, 20> kShowObjects = {
    "interfaces", "flows",   "mappings",     "policies",  "forwards", "services",   "vrfs",
    "limits",     "tenants", "networks",     "endpoints", "pods",     "containers", "names",
    "leases",     "drops",   "certificates", "relay",     "relays",   "ssh"};

// Of GET /v1/bundle/NAME. "journal" is told by rows.
inline constexpr std::array<std::string_view, 11> kBundleParts = {
    "versions", "status",   "documents", "plan",    "doctor", "kernel",
    "rules",    "services", "networks",  "metrics", "journal"};

struct ApiRequest {
  std::string_view method, target, body;
  std::string who;   // user at the other end
  BodyFormat format = BodyFormat::kJson;
  bool is_owner = false;   // that user is root, or who runs the daemon
};

struct ApiResponse {
  unsigned status = 200;
  nlohmann::json body;
  std::string_view allow = {};   // the method that would be right, with status 405
  // Not null: the answer is the object of RowText (row_text.hpp) with these, and `body` is not used.
  std::unique_ptr<RowReader> rows = {};
  std::string list = {};      // what they are called
  std::string metrics = {};   // not empty: the answer is this text, and `body` is not used
  // Not null: the answer is these lines, for as long as the other side listens.
  std::shared_ptr<Feed> feed = {};
  HandOver hand_over = {};   // not empty: who answers gets the connection
};

// Never throws: what a Service call throws becomes an error of kind `failed`.
ApiResponse route(Service& service, const ApiRequest& request);

// The error form of docs/api.md, also for what fails before a request can be routed.
ApiResponse error_response(unsigned status, const ApiError& error);

// One name for each kind of error on the wire.
std::string_view kind_name(ErrorKind kind);
ErrorKind kind_of_name(std::string_view name);   // an unknown name is kFailed

}   // namespace sluice
