// SPDX-License-Identifier: GPL-2.0-or-later
#include "bundle/secret_files.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr size_t kLeastQuoted = 16;
// Of the keys of a document whose values are files with secrets.
constexpr std::string_view kSecretFiles[] = {"key_file", "preshared_key_file", "token_file", "key"};

void collect(const json& value, std::vector<std::string>& files) {
  for (const auto& [key, member] : value.items()) {
    const bool names_files =
        value.is_object() && std::ranges::find(kSecretFiles, key) != std::end(kSecretFiles);
    for (const json& one : names_files&& member.is_array() ? member : json::array({member}))
      if (names_files && one.is_string()) files.push_back(one);
    if (member.is_structured()) collect(member, files);
  }
}

}   // namespace

void remove_secrets_of(std::string_view file, Scrubber& scrubber) {
  scrubber.remove(trimmed(file));
  for (const std::string_view line : split(file, '\n')) {
    const std::string_view text = trimmed(line);
    if (!text.starts_with("-----")) scrubber.remove(text);
    const auto parts = split(text, '"');   // every second one is in quotes
    for (size_t i = 1; i + 1 < parts.size(); i += 2)
      if (parts[i].size() >= kLeastQuoted && parts[i].find('.') == std::string_view::npos)
        scrubber.remove(parts[i]);
  }
}

std::vector<std::string> secret_files_of(std::string_view document) {
  std::vector<std::string> files;
  const json value = json::parse(document, nullptr, false, true);
  if (value.is_structured()) collect(value, files);
  return files;
}

}   // namespace sluice
