// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/restore.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/text.hpp"
#include "gateway/relay_ways.hpp"
#include "pod/allocate_pods.hpp"
#include "relay/allocate_relay.hpp"
#include "ssh/allocate_ssh.hpp"

namespace sluice {
namespace {

bool names_device(const AllotmentKey& key) { return key.what == "device" || key.what == "bridge"; }

Result<std::set<std::string>> devices_of(const Backup& backup) {
  auto names = TRY(devices_in(backup.in_force.text, backup.in_force.file));
  for (const auto& [key, allotment] : backup.allotments)
    if (names_device(key) && !allotment.freed) names.insert(allotment.value);
  return names;
}

std::string list_of(const std::set<std::string>& names) {
  const std::vector<std::string> all(names.begin(), names.end());
  return all.empty() ? "none" : join(all, ", ");
}

Result<> check_names(const DeviceMap& names, const std::set<std::string>& known) {
  std::set<std::string> after;
  for (const std::string& name : known)
    if (!names.contains(name)) after.insert(name);
  for (const auto& [old_name, new_name] : names) {
    if (!known.contains(old_name))
      return fail(fmt::format("--map {}={}: the backup has no interface \"{}\"; it has {}", old_name,
                              new_name, old_name, list_of(known)),
                  ErrorKind::kUsage);
    if (!after.insert(new_name).second)
      return fail(
          fmt::format("--map {}={}: the backup would have \"{}\" twice", old_name, new_name, new_name),
          ErrorKind::kUsage);
  }
  return {};
}

void rename_in(Revision& revision, const DeviceMap& names) {
  if (auto text = rename_devices(revision.text, revision.file, names)) revision.text = std::move(*text);
}

// What sluice itself keeps in the state directory.
bool is_of_the_store(const std::string& file) {
  const std::string first = std::filesystem::path(file).lexically_normal().begin()->string();
  return first.starts_with("sluice.db") || first.starts_with("unsound-") || first == "lock";
}

std::string owner_of(const AllotmentKey& key) {
  if (is_of_ways(key))
    return key.endpoint.empty() ? "the tunnels to relays" : fmt::format("relay \"{}\"", key.endpoint);
  if (is_of_ssh(key)) return fmt::format("SSH user \"{}\"", key.endpoint);
  if (is_of_relay(key))
    return key.endpoint.empty() ? "the relay" : fmt::format("relay client \"{}\"", key.endpoint);
  if (const auto pod = pod_of(key)) {
    const std::string owner = pod->empty() ? "the VRF of pods" : fmt::format("pod \"{}\"", *pod);
    return key.endpoint.empty() ? owner : fmt::format("service \"{}\" of {}", key.endpoint, owner);
  }
  return key.endpoint.empty() ? fmt::format("network \"{}\"", key.network)
                              : fmt::format("endpoint \"{}\" of network \"{}\"", key.endpoint, key.network);
}

// What a client was told before, how large its packets may be, and what relays say of themselves are no
// reason to refuse.
bool matters(const AllotmentKey& key) {
  return key.what != "mtu" && !key.what.starts_with("version/") && key.what != "config";
}

bool has_any(const Allotments& allotments, const std::string& network, const std::string& endpoint) {
  const auto at = allotments.lower_bound({network, endpoint, ""});
  return at != allotments.end() && at->first.network == network && at->first.endpoint == endpoint;
}

std::string lost_row(const AllotmentKey& key, const std::string& here, const std::string& there) {
  if (key.what == "key") return fmt::format("{} has another key", owner_of(key));
  return fmt::format("{} has {} {}, and {} in the backup", owner_of(key), key.what, here, there);
}

std::vector<std::string> lost_allotments(const Allotments& backup, const Allotments& here) {
  std::vector<std::string> lost;
  std::set<std::string> gone;
  for (const auto& [key, allotment] : here) {
    if (allotment.freed || !matters(key)) continue;
    const auto at = backup.find(key);
    if (at != backup.end() && at->second.value != allotment.value)
      lost.push_back(lost_row(key, allotment.value, at->second.value));
    else if (!has_any(backup, key.network, key.endpoint) && gone.insert(owner_of(key)).second)
      lost.push_back(fmt::format("{} is not in the backup", owner_of(key)));
  }
  return lost;
}

}   // namespace

Result<DeviceMap> parse_device_map(const std::vector<std::string>& words) {
  DeviceMap names;
  for (const std::string& word : words) {
    const size_t sign = word.find('=');
    const std::string old_name = word.substr(0, sign),
                      new_name = sign == std::string::npos ? "" : word.substr(sign + 1);
    if (!is_device_name(old_name) || !is_device_name(new_name))
      return fail(fmt::format("--map: \"{}\" is not OLD=NEW with two names of interfaces", word),
                  ErrorKind::kUsage);
    if (!names.emplace(old_name, new_name).second)
      return fail(fmt::format("--map: \"{}\" is named twice", old_name), ErrorKind::kUsage);
  }
  return names;
}

Result<> rename_devices(Backup& backup, const DeviceMap& names) {
  if (names.empty()) return {};
  TRY(check_names(names, TRY(devices_of(backup))));
  rename_in(backup.in_force, names);
  for (Revision& revision : backup.history) rename_in(revision, names);
  for (auto& [key, allotment] : backup.allotments)
    if (const auto at = names.find(allotment.value); names_device(key) && at != names.end())
      allotment.value = at->second;
  return {};
}

namespace {

// One that a document names.
struct NamedKey {
  std::string network, endpoint, which, file;
};

std::vector<NamedKey> absolute_keys(const Document& document) {
  std::vector<NamedKey> all;
  const auto add = [&](const Network& network, const std::string& endpoint, const char* which,
                       const std::string& file) {
    if (file.starts_with('/')) all.push_back({network.name, endpoint, which, file});
  };
  for (const Network& network : document.networks) {
    add(network, "", "key_file", network.key_file);
    for (const NetworkEndpoint& endpoint : network.endpoints) {
      add(network, endpoint.name, "key_file", endpoint.key_file);
      add(network, endpoint.name, "preshared_key_file", endpoint.preshared_key_file);
    }
  }
  return all;
}

}   // namespace

Result<std::vector<std::string>> take_in_key_files(Backup& backup, const Document& document,
                                                   const KeyFiles& here) {
  std::vector<std::string> told;
  for (const NamedKey& one : absolute_keys(document)) {
    const auto kept = backup.keys.find(one.file);
    if (kept == backup.keys.end() || TRY(here.find(one.file)) == kept->second) continue;
    const std::string file = kTakenInFolder + one.file;
    backup.in_force.text = TRY(
        put_key_file(backup.in_force.text, backup.in_force.file, one.network, one.endpoint, one.which, file));
    backup.keys.insert_or_assign(file, kept->second);
    told.push_back(fmt::format("the key of {} is now {} in the state directory, and the document says so",
                               one.file, file));
  }
  std::erase_if(backup.keys, [](const auto& row) { return row.first.starts_with('/'); });
  return told;
}

Result<std::vector<std::string>> lost_by(const Backup& backup, const Document& document,
                                         const Allotments& here, const KeyFiles& files) {
  std::vector<std::string> lost = lost_allotments(backup.allotments, here);
  for (const auto& [file, owner] : KeyFiles::names_of(document, backup.allotments)) {
    const auto key = backup.keys.find(file);
    if (key == backup.keys.end()) continue;
    if (is_of_the_store(file)) return fail(fmt::format("{}: {} is no place for a key", owner, file));
    const auto there = TRY_TO(owner, files.find(file));
    if (there && *there != key->second) lost.push_back(fmt::format("{} has another key in {}", owner, file));
  }
  return lost;
}

// Only what the document and its networks ask for is ever written to a file.
Restoring restoring_of(Backup backup, const Document& document, const Allotments& here) {
  KeyTable keys;
  for (const auto& [file, owner] : KeyFiles::names_of(document, backup.allotments))
    if (const auto at = backup.keys.find(file); at != backup.keys.end() && !file.starts_with('/'))
      keys.insert(*at);
  Restoring restoring;
  restoring.state.history = std::move(backup.history);
  restoring.state.allotments = std::move(backup.allotments);
  restoring.state.allotments.insert(here.begin(), here.end());
  restoring.keys = std::make_shared<const KeyTable>(std::move(keys));
  restoring.objects = std::move(backup.objects);
  restoring.endpoints = std::move(backup.endpoints);
  return restoring;
}

}   // namespace sluice
