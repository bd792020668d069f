// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/pod_requests.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/body.hpp"
#include "api/requests.hpp"
#include "base/number.hpp"
#include "base/text.hpp"

namespace sluice {
namespace {

using nlohmann::json;

// "web:3000", "dns:53/udp"
Result<json> service_of(const std::string& text) {
  const auto wrong = [&] {
    return fail(fmt::format("\"{}\" is no service of a pod: NAME:PORT, NAME:PORT/tcp or NAME:PORT/udp", text),
                ErrorKind::kUsage);
  };
  const size_t colon = text.find(':'), slash = text.find('/');
  if (colon == std::string::npos || (slash != std::string::npos && slash < colon)) return wrong();
  const auto port = whole_number<uint16_t>(std::string_view(text).substr(colon + 1, slash - colon - 1));
  if (!port) return wrong();
  json service = {{"name", text.substr(0, colon)}, {"port", *port}};
  if (slash != std::string::npos) service["protocol"] = text.substr(slash + 1);
  return service;
}

Result<json> services_of(Body& body) {
  json services = json::array();
  for (const std::string& text : TRY(body.lines("services"))) services.push_back(TRY(service_of(text)));
  for (const std::string& name : TRY(body.lines("publish"))) {
    const auto at =
        std::ranges::find_if(services, [&](const json& service) { return service["name"] == name; });
    if (at == services.end())
      return fail(fmt::format("there is no service \"{}\" to publish among those that are given", name),
                  ErrorKind::kUsage);
    (*at)["publish"] = true;
  }
  return services;
}

// "10mbit:100mbit", "10mbit:" or ":100mbit"
Result<json> bandwidth_of(const std::string& text) {
  const auto parts = split(text, ':');
  if (parts.size() != 2 || (parts[0].empty() && parts[1].empty()))
    return fail(fmt::format("\"{}\" is no bandwidth: GUARANTEED:MAXIMUM, one of which may be left out", text),
                ErrorKind::kUsage);
  json bandwidth = json::object();
  if (!parts[0].empty()) bandwidth["guaranteed"] = parts[0];
  if (!parts[1].empty()) bandwidth["maximum"] = parts[1];
  return bandwidth;
}

// {"accept"} and prefixes, ports: what a field leaves out the document leaves out.
Result<json> egress_of(Body& body) {
  json egress = json::object();
  if (body.has("egress")) egress["default"] = TRY(body.line("egress", ""));
  if (body.has("prefixes")) egress["prefixes"] = TRY(body.lines("prefixes"));
  if (body.has("ports")) egress["ports"] = TRY(body.lines("ports"));
  return egress;
}

}   // namespace

Result<PodRequest> read_pod(const ApiRequest& request) {
  auto body = TRY(Body::parse(request.body, request.format));
  constexpr std::string_view kFields[] = {"name",     "owner", "services",  "publish", "ingress", "egress",
                                          "prefixes", "ports", "bandwidth", "who",     "why"};
  TRY(body.only(kFields));
  PodRequest pod;
  pod.name = TRY(body.required_line("name"));
  const auto put = [&](std::string_view key, const json& value) {
    pod.values.emplace_back(key, value.dump());
  };
  if (body.has("owner")) put("owner", TRY(body.line("owner", "")));
  if (const json services = TRY(services_of(body)); !services.empty()) put("services", services);
  if (body.has("ingress")) put("ingress", TRY(body.lines("ingress")));
  if (const json egress = TRY(egress_of(body)); !egress.empty()) put("egress", egress);
  if (body.has("bandwidth")) put("bandwidth", TRY(bandwidth_of(TRY(body.line("bandwidth", "")))));
  pod.who = author_of(request, TRY(body.line("who", "")));
  pod.why = TRY(body.line("why", ""));
  return pod;
}

}   // namespace sluice
