// SPDX-License-Identifier: GPL-2.0-or-later
// What a container engine asks of the plugin: the environment, and the configuration of the network on the
// standard input (CNI specification 0.3.0 to 1.0.0, sections 1 and 2).
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cni/failure.hpp"

namespace sluice::cni {

inline constexpr std::string_view kVersions[] = {"0.3.0", "0.3.1", "0.4.0", "1.0.0"};
inline constexpr std::string_view kNewestVersion = "1.0.0";

// The pod whose policies a container gets: in CNI_ARGS, and as a label.
inline constexpr std::string_view kPodArgument = "SLUICE_POD";

struct Environment {
  std::string command, id, space, interface;
  std::map<std::string, std::string, std::less<>> arguments;   // CNI_ARGS
};

struct NetworkConfig {
  std::string version, name, zone, subnet, subnet6;
  std::string socket = "/run/sluice/sluice.sock";
  std::vector<std::string> ports;      // of portMappings: "203.0.113.1:8080:80/tcp"
  std::vector<std::string> previous;   // addresses of prevResult, without lengths
  std::string pod;                     // by the label SLUICE_POD
  nlohmann::json dns;                  // as it is there; null: it is not
};

// `variable` answers the value of one of the environment; empty: it is not set.
CniResult<Environment> read_environment(const std::function<std::string(const char*)>& variable);
CniResult<NetworkConfig> read_config(std::string_view text);
// The version that an answer to this input has: what it asks for, if that is one.
std::string version_of(std::string_view text);

}   // namespace sluice::cni
