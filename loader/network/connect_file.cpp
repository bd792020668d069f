// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/connect_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "model/network.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr int kConnectVersion = 1;
constexpr size_t kMostConnectRelays = 8, kHostBytes = 253;

std::unexpected<Error> refuse_file(const std::string& why) { return fail(why, ErrorKind::kInvalidDocument); }

// What becomes a file and a device.
bool is_device_name(std::string_view name) {
  const auto is_word = [](char one) {
    return (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') || (one >= '0' && one <= '9');
  };
  return !name.empty() && name.size() <= kDeviceNameBytes && is_word(name.front()) &&
         std::ranges::all_of(name, [&](char one) { return is_word(one) || one == '-' || one == '_'; });
}

// Of a line of wg-quick's: what stands before "=", in small letters and without blanks.
std::string key_of(std::string_view line) {
  std::string key;
  for (const char one : line.substr(0, line.find_first_of("=#")))
    if (one != ' ' && one != '\t') key += static_cast<char>(one >= 'A' && one <= 'Z' ? one - 'A' + 'a' : one);
  return key;
}

bool runs_programs(std::string_view tunnel) {
  constexpr std::string_view kPrograms[] = {"preup", "postup", "predown", "postdown", "saveconfig"};
  while (!tunnel.empty()) {
    const size_t end = std::min(tunnel.find_first_of("\r\n"), tunnel.size());
    if (std::ranges::find(kPrograms, key_of(tunnel.substr(0, end))) != std::end(kPrograms)) return true;
    tunnel.remove_prefix(std::min(end + 1, tunnel.size()));
  }
  return false;
}

Result<std::vector<Endpoint>> relays_in(const json& rows) {
  std::vector<Endpoint> relays;
  if (rows.size() > kMostConnectRelays) return refuse_file("it has too many relays");
  for (const json& row : rows) {
    const auto place = parse_endpoint(row.get_ref<const std::string&>());
    if (!place || place->port == 0)
      return refuse_file(fmt::format("\"{}\" is no relay", row.get<std::string>()));
    relays.push_back(*place);
  }
  return relays;
}

Result<std::vector<StunServer>> servers_in(const json& rows) {
  std::vector<StunServer> servers;
  if (rows.size() > kMostStunServers) return refuse_file("it has too many STUN servers");
  for (const json& row : rows) {
    const auto& text = row.get_ref<const std::string&>();
    const bool is_one = !text.empty() && text.size() <= kHostBytes + 8 &&
                        std::ranges::all_of(text, [](char one) { return one > ' ' && one < 127; });
    if (!is_one) return refuse_file("it has a STUN server that is none");
    servers.push_back(stun_server_of(text));
  }
  return servers;
}

Result<ConnectFile> read_connect(const json& text) {
  if (text.at("version") != kConnectVersion) return refuse_file("it is of another release");
  ConnectFile file{.name = text.at("name"), .tunnel = text.at("tunnel"), .relays = {}, .stun = {}};
  if (!is_device_name(file.name)) return refuse_file("its name is none of a device");
  if (file.tunnel.find('\0') != std::string::npos || runs_programs(file.tunnel))
    return refuse_file("its tunnel would run programs (PreUp, PostUp, PreDown, PostDown, SaveConfig)");
  file.relays = TRY(relays_in(text.at("relays")));
  file.stun = TRY(servers_in(text.at("stun")));
  return file;
}

}   // namespace

std::string write_connect_file(const ConnectFile& file) {
  json relays = json::array(), stun = json::array();
  for (const Endpoint& one : file.relays) relays.push_back(to_string(one));
  for (const StunServer& one : file.stun) stun.push_back(to_string(one));
  const json text = {{"version", kConnectVersion},
                     {"name", file.name},
                     {"tunnel", file.tunnel},
                     {"relays", std::move(relays)},
                     {"stun", std::move(stun)}};
  return text.dump(2) + "\n";
}

Result<ConnectFile> parse_connect_file(std::string_view text) try {
  if (text.size() > kMostConnectFileBytes) return refuse_file("it is too long");
  return read_connect(json::parse(text));
} catch (const json::exception&) {
  return refuse_file("it is not what `sluice endpoint config --connect` prints");
}

}   // namespace sluice
