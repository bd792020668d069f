// SPDX-License-Identifier: GPL-2.0-or-later
#include "cni/invocation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.hpp"

namespace sluice::cni {
namespace {

using nlohmann::json;

bool is_version(std::string_view text) { return std::ranges::find(kVersions, text) != std::end(kVersions); }

CniResult<std::string> text_of(const json& object, const char* key, std::string otherwise) {
  const auto at = object.find(key);
  if (at == object.end() || at->is_null()) return otherwise;
  if (!at->is_string()) return refuse(kInvalidConfig, fmt::format("\"{}\" is not a text", key));
  return at->get<std::string>();
}

CniResult<std::string> required(const json& object, const char* key, const char* example) {
  std::string text = TRY(text_of(object, key, ""));
  if (text.empty())
    return refuse(kInvalidConfig, fmt::format("\"{}\" is missing", key), fmt::format("such as {}", example));
  return text;
}

std::optional<uint64_t> port_of(const json& mapping, const char* key) {
  const auto at = mapping.find(key);
  if (at == mapping.end() || !at->is_number_unsigned()) return std::nullopt;
  return at->get<uint64_t>();
}

CniResult<std::string> read_mapping(const json& mapping) {
  const auto host_port = mapping.is_object() ? port_of(mapping, "hostPort") : std::nullopt;
  const auto port = mapping.is_object() ? port_of(mapping, "containerPort") : std::nullopt;
  if (!host_port || !port)
    return refuse(kInvalidConfig, fmt::format("{} is no port mapping", mapping.dump(-1, ' ', true)),
                  "hostPort and containerPort are numbers");
  const std::string address = TRY(text_of(mapping, "hostIP", ""));
  std::string protocol = TRY(text_of(mapping, "protocol", "tcp"));
  std::ranges::transform(protocol, protocol.begin(), [](unsigned char c) { return std::tolower(c); });
  const std::string ports = fmt::format("{}:{}/{}", *host_port, *port, protocol);
  if (address.empty()) return ports;
  return fmt::format(fmt::runtime(address.find(':') == std::string::npos ? "{}:{}" : "[{}]:{}"), address,
                     ports);
}

CniResult<std::vector<std::string>> read_mappings(const json& config) {
  std::vector<std::string> ports;
  const auto runtime = config.find("runtimeConfig");
  if (runtime == config.end() || !runtime->is_object()) return ports;
  const auto mappings = runtime->find("portMappings");
  if (mappings == runtime->end() || mappings->is_null()) return ports;
  if (!mappings->is_array()) return refuse(kInvalidConfig, "\"portMappings\" is not a list");
  for (const json& mapping : *mappings) ports.push_back(TRY(read_mapping(mapping)));
  return ports;
}

std::vector<std::string> addresses_of(const json& config) {
  std::vector<std::string> addresses;
  const auto previous = config.find("prevResult");
  if (previous == config.end() || !previous->is_object() || !previous->contains("ips")) return addresses;
  for (const json& row : previous->at("ips"))
    if (row.is_object() && row.contains("address") && row.at("address").is_string()) {
      const auto text = row.at("address").get<std::string>();
      addresses.push_back(text.substr(0, text.find('/')));
    }
  return addresses;
}

// As the conventions of CNI have them: "args": {"cni": {"labels": [{"key": "KEY", "value": "VALUE"}]}}. Other
// labels than this one are somebody else's.
CniResult<std::string> read_label(const json& config, std::string_view key) {
  const json::json_pointer place("/args/cni/labels");
  if (!config.contains(place) || config.at(place).is_null()) return std::string();
  const json& labels = config.at(place);
  if (!labels.is_array()) return refuse(kInvalidConfig, "\"labels\" is not a list");
  for (const json& label : labels)
    if (label.is_object() && label.contains("key") && label.at("key") == key)
      return required(label, "value", R"({"key": "SLUICE_POD", "value": "app1"})");
  return std::string();
}

CniResult<json> parse_object(std::string_view text) {
  auto read = json::parse(text, nullptr, false);
  if (!read.is_object()) return refuse(kUndecodable, "the configuration of the network is not a JSON object");
  return read;
}

}   // namespace

CniResult<Environment> read_environment(const std::function<std::string(const char*)>& variable) {
  Environment environment{variable("CNI_COMMAND"),
                          variable("CNI_CONTAINERID"),
                          variable("CNI_NETNS"),
                          variable("CNI_IFNAME"),
                          {}};
  const std::string arguments = variable("CNI_ARGS");
  for (const std::string_view pair : split(arguments, ';')) {
    const size_t equals = pair.find('=');
    if (pair.empty()) continue;
    if (equals == std::string_view::npos)
      return refuse(kInvalidEnvironment, fmt::format("\"{}\" of CNI_ARGS has no value", pair));
    environment.arguments.insert_or_assign(std::string(pair.substr(0, equals)),
                                           std::string(pair.substr(equals + 1)));
  }
  const std::string& command = environment.command;
  if (command == "VERSION") return environment;
  if (command != "ADD" && command != "DEL" && command != "CHECK")
    return refuse(kInvalidEnvironment, fmt::format("CNI_COMMAND is \"{}\"", command),
                  "ADD, DEL, CHECK or VERSION");
  for (const auto& [name, value] :
       {std::pair("CNI_CONTAINERID", &environment.id), std::pair("CNI_IFNAME", &environment.interface)})
    if (value->empty()) return refuse(kInvalidEnvironment, fmt::format("{} is missing", name));
  if (environment.space.empty() && command != "DEL")
    return refuse(kInvalidEnvironment, "CNI_NETNS is missing");
  return environment;
}

CniResult<NetworkConfig> read_config(std::string_view text) {
  const json read = TRY(parse_object(text));
  NetworkConfig config;
  config.version = TRY(text_of(read, "cniVersion", "0.1.0"));
  if (!is_version(config.version))
    return refuse(kIncompatibleVersion, fmt::format("CNI {} is not spoken here", config.version),
                  fmt::format("{} to {}", kVersions[0], kNewestVersion));
  config.name = TRY(required(read, "name", R"("dmz")"));
  config.zone = TRY(required(read, "zone", R"("zone": "dmz")"));
  config.subnet = TRY(required(read, "subnet", R"("subnet": "172.20.1.0/24")"));
  config.subnet6 = TRY(text_of(read, "subnet6", ""));
  config.socket = TRY(text_of(read, "socket", config.socket));
  config.ports = TRY(read_mappings(read));
  config.previous = addresses_of(read);
  config.pod = TRY(read_label(read, kPodArgument));
  if (read.contains("dns") && read.at("dns").is_object()) config.dns = read.at("dns");
  return config;
}

std::string version_of(std::string_view text) {
  const json read = json::parse(text, nullptr, false);
  const auto said = read.is_object() ? text_of(read, "cniVersion", "") : CniResult<std::string>("");
  return said && is_version(*said) ? *said : std::string(kNewestVersion);
}

}   // namespace sluice::cni
