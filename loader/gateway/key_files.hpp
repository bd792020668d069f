// SPDX-License-Identifier: GPL-2.0-or-later
// Private keys of networks and of endpoints whose pair the gateway keeps: a file each, 0600, below the state
// directory, and a copy of those of the networks beside the copy of the store. Without it no client would
// find the gateway again.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "model/allotment.hpp"
#include "model/document.hpp"

namespace sluice {

// Below the state directory, for keys of a backup whose files were elsewhere.
inline constexpr char kTakenInFolder[] = "restored-keys";

// Secret keys by the names of their files, relative to the state directory or absolute, as this file spells
// them.
using KeyTable = std::map<std::string, WireguardKey, std::less<>>;

class KeyFiles {
 public:
  // `held` comes before what the files say: it is of a backup, and not in its files yet. Null: nothing is.
  KeyFiles(std::filesystem::path state, std::filesystem::path copy, std::shared_ptr<const KeyTable> held = {})
      : state_(std::move(state)), copy_(std::move(copy)), held_(std::move(held)) {}

  // Of the gateway's end: the file that the document names, relative to the state directory, which sluice
  // never makes. Otherwise one that is not there is `running`, or is made with `make`, and is zeros without.
  Result<WireguardKey> of_network(const Network& network, bool make,
                                  const std::optional<WireguardKey>& running = {}) const;
  // Of a client: the file that the document names, relative to the state directory, or
  // "keys/NETWORK/ENDPOINT.key".
  Result<WireguardKey> of_endpoint(const Network& network, const NetworkEndpoint& endpoint, bool make) const;
  // nullopt: it is not there (any more).
  Result<std::optional<WireguardKey>> find_of_endpoint(const Network& network,
                                                       const NetworkEndpoint& endpoint) const;
  // In the place of the one that is there.
  Result<> put_of_endpoint(const Network& network, const NetworkEndpoint& endpoint,
                           const WireguardKey& private_key) const;
  Result<> forget_endpoint(const Network& network, const NetworkEndpoint& endpoint) const;
  // A preshared key of the document's, which sluice never makes.
  Result<WireguardKey> preshared(const NetworkEndpoint& endpoint) const;
  // What was made for networks and endpoints of which nothing is allotted any more.
  Result<> prune(const Allotments& allotments) const;
  // What is kept of all of these, and of what is allotted to others still.
  Result<KeyTable> all(const Document& document, const Allotments& allotments) const;
  // What the same would be called, whether there is a key or not.
  static std::map<std::string, std::string, std::less<>> names_of(const Document& document,
                                                                  const Allotments& allotments);
  Result<std::optional<WireguardKey>> find(std::string_view file) const;   // of the names above
  // Each into its file, and into the copy where one is kept.
  Result<> put(const KeyTable& keys) const;
  const std::filesystem::path& folder() const { return state_; }   // that relative names are below
  // All that was made; nothing there is success.
  Result<> erase() const;

 private:
  Result<WireguardKey> named_by(const Network& network) const;
  std::filesystem::path file_of(const Network& network, const NetworkEndpoint& endpoint) const;
  std::filesystem::path state_, copy_;
  std::shared_ptr<const KeyTable> held_;
};

}   // namespace sluice
