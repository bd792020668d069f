// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/versions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/number.hpp"
#include "base/text.hpp"

namespace sluice {
namespace {

constexpr std::string_view kKey = "key", kVersion = "version/";

// Three lines and the text.
std::string value_of(const EndpointVersion& version) {
  return fmt::format("{}\n{}\n{}\n{}", version.since, version.public_key, version.changed, version.text);
}

// One line of `text`, which is without it then.
std::string_view cut_first_line(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::optional<EndpointVersion> parse_version(std::string_view what, std::string_view value) {
  if (!what.starts_with(kVersion)) return std::nullopt;
  const auto number = whole_number<uint32_t>(what.substr(kVersion.size()));
  const auto since = whole_number<int64_t>(cut_first_line(value));
  if (!number || !since) return std::nullopt;
  EndpointVersion version;
  version.number = *number;
  version.since = *since;
  version.public_key = cut_first_line(value);
  version.changed = cut_first_line(value);
  version.text = value;
  return version;
}

// The first line names the network: nothing that a client does by.
std::vector<std::string_view> settings_of(std::string_view text) {
  cut_first_line(text);
  return split(text, '\n');
}

// "Address" of "Address = 10.100.0.2/32", also where the line is a comment.
std::string key_of_line(std::string_view line) {
  while (line.starts_with('#') || line.starts_with(' ')) line.remove_prefix(1);
  return std::string(line.substr(0, line.find(" = ")));
}

// What stands in one of the two alone.
std::vector<std::string> differing_keys(std::string_view before, std::string_view after) {
  const auto old_lines = settings_of(before), new_lines = settings_of(after);
  std::vector<std::string> keys;
  const auto note = [&](const auto& lines, const auto& others) {
    for (const std::string_view line : lines)
      if (std::ranges::find(others, line) == others.end())
        if (auto key = key_of_line(line); std::ranges::find(keys, key) == keys.end())
          keys.push_back(std::move(key));
  };
  note(new_lines, old_lines);
  note(old_lines, new_lines);
  return keys;
}

std::string what_changed(const EndpointVersion& before, const EndpointVersion& after) {
  auto keys = differing_keys(before.text, after.text);
  if (before.public_key != after.public_key) keys.insert(keys.begin(), "key");
  return join(keys, ", ");
}

void add_version(std::vector<EndpointVersion>& versions, EndpointVersion newest) {
  newest.number = versions.empty() ? 1 : versions.back().number + 1;
  newest.changed = versions.empty() ? "added" : what_changed(versions.back(), newest);
  if (newest.changed.empty()) return;
  versions.push_back(std::move(newest));
  if (versions.size() > kMostVersions) versions.erase(versions.begin());
}

}   // namespace

std::optional<WireguardKey> allotted_key(const Allotments& allotments, std::string_view network,
                                         std::string_view endpoint) {
  const auto at = allotments.find({std::string(network), std::string(endpoint), std::string(kKey)});
  return at == allotments.end() || at->second.freed ? std::nullopt : parse_key(at->second.value);
}

std::vector<EndpointVersion> versions_of(const Allotments& allotments, std::string_view network,
                                         std::string_view endpoint) {
  const AllotmentKey first{std::string(network), std::string(endpoint), std::string(kVersion)};
  std::vector<EndpointVersion> versions;
  for (auto at = allotments.lower_bound(first); at != allotments.end(); ++at) {
    const auto& [key, allotment] = *at;
    if (key.network != network || key.endpoint != endpoint || !key.what.starts_with(kVersion)) break;
    if (auto version = parse_version(key.what, allotment.value)) versions.push_back(std::move(*version));
  }
  std::ranges::sort(versions, {}, &EndpointVersion::number);   // "version/10" comes before "version/9"
  return versions;
}

void settle_version(std::string_view network, NetworkEndpoint& endpoint, const EndpointNow& now,
                    const Allotments& known, int64_t seconds, Allotments& given) {
  const auto row = [&](std::string what) {
    return AllotmentKey{std::string(network), endpoint.name, std::move(what)};
  };
  const AllotmentKey key_row = row(std::string(kKey));
  const WireguardKey before = allotted_key(known, network, endpoint.name).value_or(now.key);
  const bool waits = before != now.key && now.is_live && !now.is_heard;
  endpoint.rotation = waits ? std::optional(KeyRotation{before, now.key}) : std::nullopt;
  given[key_row] = {to_string(waits ? before : now.key), 0};

  auto versions = versions_of(known, network, endpoint.name);
  add_version(versions, {0, seconds, to_string(now.key), "", now.text});
  endpoint.version = versions.back().number;
  for (const EndpointVersion& version : versions)
    given[row(fmt::format("{}{}", kVersion, version.number))] = {value_of(version), 0};
}

}   // namespace sluice
