// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/relay_ways.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

#include "base/file.hpp"
#include "network/device_names.hpp"

namespace sluice {
namespace {

std::string who(const UsedRelay& relay) {
  return fmt::format("relay \"{}\" (line {})", relay.name, relay.line);
}

class WayFinder {
 public:
  WayFinder(Document& document, const Allotments& known, const std::filesystem::path& state)
      : document_(document), known_(known), state_(state) {}

  Result<RelayWays> run(const std::vector<TakenNetwork>& taken) {
    keep_if_known("", "key");
    if (!document_.reachability) return std::move(ways_);
    give_devices();
    for (const UsedRelay& relay : document_.reachability->relays) TRY_TO(who(relay), read(relay));
    TRY(expect_apart(taken));
    return std::move(ways_);
  }

 private:
  const std::string* had(const std::string& relay, std::string_view what) const {
    const auto at = known_.find({std::string(kReachabilityOwner), relay, std::string(what)});
    return at == known_.end() ? nullptr : &at->second.value;
  }

  void keep(const std::string& relay, std::string_view what, std::string value) {
    ways_.allotments[{std::string(kReachabilityOwner), relay, std::string(what)}] = {std::move(value), 0};
  }

  void keep_if_known(const std::string& relay, std::string_view what) {
    if (const std::string* value = had(relay, what)) keep(relay, what, *value);
  }

  void give_devices() {
    std::set<std::string> used = devices_of(document_);
    for (const Network& network : document_.networks) used.insert({network.device, network.bridge});
    for (const Pod& pod : document_.pods) used.insert(pod.device);
    if (document_.relay) used.insert(document_.relay->device);
    for (UsedRelay& relay : document_.reachability->relays)
      if (const std::string* name = had(relay.name, "device"); name && used.insert(*name).second)
        relay.device = *name;
    for (UsedRelay& relay : document_.reachability->relays) {
      if (relay.device.empty()) relay.device = free_device(device_to(relay), used);
      keep(relay.name, "device", relay.device);
    }
  }

  static std::string device_to(const UsedRelay& relay) {
    return fmt::format("relay-{}", relay.name).substr(0, kDeviceNameBytes);
  }

  Result<> read(const UsedRelay& relay) {
    const std::filesystem::path file = state_ / relay.config;
    const std::string* before = had(relay.name, "config");
    auto text = read_file(file, kMostRelayFileBytes);
    if (!text && !before)
      return fail(
          fmt::format("{}; put there what `sluice relay config` prints at the relay", text.error().message),
          ErrorKind::kInvalidDocument);
    if (!text)
      ways_.degraded.push_back(
          fmt::format("relay \"{}\": {}; what the file said before holds", relay.name, text.error().message));
    const std::string& told = text ? *text : *before;
    ways_.files.emplace(relay.name, TRY_TO(file.string(), parse_relay_file(told)));
    keep(relay.name, "config", told);
    return {};
  }

  // The machine finds each relay by the address that it has in its tunnel.
  Result<> expect_apart(const std::vector<TakenNetwork>& taken) const {
    std::vector<TakenNetwork> used;
    for (const TakenNetwork& one : taken)
      if (!one.is_route) used.push_back(one);
    for (const UsedRelay& relay : document_.reachability->relays)
      for (const Prefix& link : links_of(ways_.files.at(relay.name))) {
        for (const TakenNetwork& other : used)
          if (other.prefix.overlaps(link))
            return fail(fmt::format("{}: its tunnel has {}, which overlaps {}: {}; let that relay have "
                                    "another \"subnet\"",
                                    who(relay), link.to_string(), other.prefix.to_string(), other.by),
                        ErrorKind::kInvalidDocument);
        used.push_back({link, fmt::format("the tunnel of {} has it", who(relay))});
      }
    return {};
  }

  Document& document_;
  const Allotments& known_;
  const std::filesystem::path& state_;
  RelayWays ways_;
};

}   // namespace

Result<RelayWays> find_ways(Document& document, const Allotments& known,
                            const std::vector<TakenNetwork>& taken, const std::filesystem::path& state) {
  return WayFinder(document, known, state).run(taken);
}

Network caller_of_relays(const std::string& device) {
  Network caller;
  caller.name = kReachabilityOwner;
  caller.device = device;
  return caller;
}

}   // namespace sluice
