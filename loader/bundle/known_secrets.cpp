// SPDX-License-Identifier: GPL-2.0-or-later
#include "bundle/known_secrets.hpp"

#include <filesystem>

#include "base/file.hpp"
#include "bundle/secret_files.hpp"
#include "network/versions.hpp"

namespace sluice {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostFileBytes = 65'536, kMostFiles = 20'000;
// Folders below the state folder that hold little else.
constexpr const char* kSecretFolders[] = {"keys", "network-keys", kTakenInFolder, "front"};

void remove_file(const fs::path& path, Scrubber& scrubber) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return;   // nothing is waited for
  const auto text = read_file(path, kMostFileBytes);
  if (text) remove_secrets_of(*text, scrubber);
}

void remove_folder(const fs::path& folder, Scrubber& scrubber) {
  std::error_code trouble;
  size_t left = kMostFiles;
  for (auto at = fs::recursive_directory_iterator(folder, trouble);
       !trouble && at != fs::recursive_directory_iterator() && left > 0; at.increment(trouble), --left)
    remove_file(at->path(), scrubber);
}

void keep_public_keys(const Document& document, const Allotments& allotments, Scrubber& scrubber) {
  for (const Network& network : document.networks)
    for (const NetworkEndpoint& endpoint : network.endpoints)
      if (const auto key = allotted_key(allotments, network.name, endpoint.name))
        scrubber.keep(to_string(*key));
  if (document.relay)
    for (const RelayClient& client : document.relay->clients) scrubber.keep(to_string(client.public_key));
}

}   // namespace

Scrubber scrubber_of(Gateway& gateway, const std::vector<Revision>& revisions) {
  Scrubber scrubber;
  const fs::path& state = gateway.paths().state;
  for (const char* folder : kSecretFolders) remove_folder(state / folder, scrubber);
  std::set<std::string> files;
  for (const Revision& revision : revisions)
    for (const std::string& file : secret_files_of(revision.text)) files.insert(file);
  for (const std::string& file : files)
    for (const fs::path& folder : {state, state / "front"}) remove_file(folder / file, scrubber);
  const auto allotments = gateway.allotments();
  if (gateway.current() && allotments) keep_public_keys(gateway.current()->document, *allotments, scrubber);
  return scrubber;
}

}   // namespace sluice
