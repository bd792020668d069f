// SPDX-License-Identifier: GPL-2.0-or-later
#include "cni/answer.hpp"

namespace sluice::cni {
namespace {

using nlohmann::json;

constexpr int kInsideInterface = 1;   // its place in the list of interfaces

json address_row(const json& container, const char* address, const char* gateway, const char* length,
                 const char* family, const NetworkConfig& config) {
  json row = {{"address", container.at(address).get<std::string>() + length},
              {"gateway", container.at(gateway)},
              {"interface", kInsideInterface}};
  if (config.version != "1.0.0") row["version"] = family;
  return row;
}

json dns_of(const json& container, const NetworkConfig& config) {
  if (!config.dns.is_null()) return config.dns;
  if (container.at("dns").empty()) return json::object();
  return {{"nameservers", container.at("dns")}};
}

}   // namespace

json answer_of_version(std::string_view asked) {
  return {{"cniVersion", asked}, {"supportedVersions", kVersions}};
}

json answer_of_failure(const Failure& failure, std::string_view version) {
  json answer = {{"cniVersion", version}, {"code", static_cast<int>(failure.code)}, {"msg", failure.message}};
  if (!failure.details.empty()) answer["details"] = failure.details;
  return answer;
}

json answer_of_add(const json& container, const Environment& environment, const NetworkConfig& config) {
  json ips = json::array({address_row(container, "address", "gateway", "/32", "4", config)});
  json routes = json::array({{{"dst", "0.0.0.0/0"}, {"gw", container.at("gateway")}}});
  if (!container.at("address6").is_null()) {
    ips.push_back(address_row(container, "address6", "gateway6", "/128", "6", config));
    routes.push_back({{"dst", "::/0"}, {"gw", container.at("gateway6")}});
  }
  return {{"cniVersion", config.version},
          {"interfaces",
           {{{"name", container.at("device")}},
            {{"name", environment.interface}, {"mac", container.at("mac")}, {"sandbox", environment.space}}}},
          {"ips", std::move(ips)},
          {"routes", std::move(routes)},
          {"dns", dns_of(container, config)}};
}

}   // namespace sluice::cni
