// SPDX-License-Identifier: GPL-2.0-or-later
#include "cni/verbs.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "api/client.hpp"
#include "api/target.hpp"
#include "base/text.hpp"
#include "cni/answer.hpp"

namespace sluice::cni {
namespace {

using nlohmann::json;

struct Call {
  const Environment& environment;
  const NetworkConfig& config;
  Client client;
};

template <class T>
CniResult<T> told(std::expected<T, ApiError> answer) {
  if (answer) return std::move(*answer);
  return std::unexpected(failure_of(answer.error().error));
}

std::string query_of(const Environment& environment) {
  return encode_query({{"id", environment.id}, {"interface", environment.interface}});
}

std::string argument(const Environment& environment, std::string_view name) {
  const auto at = environment.arguments.find(name);
  return at == environment.arguments.end() ? "" : at->second;
}

// Said once or twice, and then the same.
CniResult<std::string> pod_of(const Call& call) {
  std::string pod = argument(call.environment, kPodArgument);
  const std::string& label = call.config.pod;
  if (!pod.empty() && !label.empty() && pod != label)
    return refuse(
        kInvalidConfig,
        fmt::format("CNI_ARGS says pod \"{}\", and its label {} says pod \"{}\"", pod, kPodArgument, label),
        "a container has the policies of one pod");
  return pod.empty() ? label : pod;
}

// What is not said is left out.
CniResult<json> request_of(const Call& call) {
  const auto& [environment, config, client] = call;
  const std::string pod = TRY(pod_of(call));
  json request = {{"id", environment.id},
                  {"interface", environment.interface},
                  {"namespace", environment.space},
                  {"network", config.name},
                  {"zone", config.zone},
                  {"subnet", config.subnet},
                  {"who", "sluice-cni"}};
  if (!config.ports.empty()) request["ports"] = config.ports;
  for (const auto& [field, value] :
       {std::pair("subnet6", config.subnet6), std::pair("name", argument(environment, "K8S_POD_NAME")),
        std::pair("pod", pod), std::pair("address", argument(environment, "IP"))})
    if (!value.empty()) request[field] = value;
  return request;
}

CniResult<json> add(const Call& call) {
  if (const std::string mac = argument(call.environment, "MAC"); !mac.empty())
    return refuse(kInvalidConfig, fmt::format("the MAC address {} cannot be given", mac),
                  "sluice chooses it, and holds the container to it");
  const json answer = TRY(told(call.client.post("/v1/containers", TRY(request_of(call)))));
  return answer_of_add(answer.at("container"), call.environment, call.config);
}

bool is_there(const std::string& space) { return !space.empty() && ::access(space.c_str(), F_OK) == 0; }

// What no namespace stands behind any more the daemon collects by itself when it starts.
CniResult<json> remove(const Call& call) {
  const auto answer = told(call.client.remove("/v1/containers?" + query_of(call.environment)));
  if (answer) return json();
  if (answer.error().code == kTryAgainLater && !is_there(call.environment.space)) return json();
  return std::unexpected(answer.error());
}

CniResult<json> check(const Call& call) {
  if (call.config.version.starts_with("0.3."))
    return refuse(kIncompatibleVersion, fmt::format("CNI {} has no CHECK", call.config.version));
  const json answer = TRY(told(call.client.get("/v1/containers/missing?" + query_of(call.environment))));
  auto missing = answer.at("missing").get<std::vector<std::string>>();
  const auto has = answer.at("addresses").get<std::vector<std::string>>();
  for (const std::string& address : call.config.previous)
    if (std::ranges::find(has, address) == has.end())
      missing.push_back(fmt::format("it does not have {}", address));
  if (missing.empty()) return json();
  return refuse(kNotAsGiven, fmt::format("container {}: {}", call.environment.id, join(missing, "; ")));
}

CniResult<json> answer(const std::function<std::string(const char*)>& variable, std::string_view input) {
  const Environment environment = TRY(read_environment(variable));
  if (environment.command == "VERSION") return answer_of_version(version_of(input));
  const NetworkConfig config = TRY(read_config(input));
  const Call call{environment, config, Client(config.socket)};
  if (environment.command == "ADD") return add(call);
  return environment.command == "DEL" ? remove(call) : check(call);
}

}   // namespace

Failure failure_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kUnreachable: return {kTryAgainLater, error.message, ""};
    case ErrorKind::kUsage:
    case ErrorKind::kInvalidDocument: return {kInvalidConfig, error.message, ""};
    default: return {kNotDone, error.message, ""};
  }
}

Outcome run(const std::function<std::string(const char*)>& variable, std::string_view input) {
  const auto done = answer(variable, input);
  const json output = done ? *done : answer_of_failure(done.error(), version_of(input));
  const auto text =
      output.is_null() ? std::string() : output.dump(2, ' ', false, json::error_handler_t::replace);
  return {text.empty() ? text : text + "\n", done ? 0 : 1};
}

}   // namespace sluice::cni
