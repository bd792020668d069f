// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/key_files.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "base/file.hpp"

namespace sluice {
namespace {

constexpr size_t kMostBytes = 256;   // of a file with one key
constexpr unsigned kOwnerOnly = 0600, kOwnerOnlyDirectory = 0700;
// Apart, so that no file that a document names is taken for the key of a network.
constexpr char kFolder[] = "keys", kNetworkFolder[] = "network-keys", kEnding[] = ".key";

Result<> make_directories(const std::filesystem::path& below, const std::filesystem::path& directory) {
  std::filesystem::path path = below;
  for (const auto& part : std::filesystem::relative(directory, below)) {
    path /= part;
    if (::mkdir(path.c_str(), kOwnerOnlyDirectory) != 0 && errno != EEXIST)
      return fail_errno(fmt::format("make {}", path.string()), errno);
  }
  return {};
}

// nullopt: there is no such file.
Result<std::optional<WireguardKey>> read_key(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    if (error) return fail_errno(fmt::format("look for {}", file.string()), error.value());
    return std::nullopt;
  }
  std::string text = TRY(read_file(file, kMostBytes));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  const auto key = parse_key(text);
  if (!key)
    return fail(
        fmt::format("{} does not hold a WireGuard key, which has 44 characters of base64", file.string()),
        ErrorKind::kInvalidDocument);
  return key;
}

Result<> write_key(const std::filesystem::path& below, const std::filesystem::path& file,
                   const WireguardKey& key) {
  TRY(make_directories(below, file.parent_path()));
  return write_file_atomically(file, to_string(key) + "\n", kOwnerOnly);
}

// Those keys of a folder whose owner, by the name of the file, is gone. No folder: nothing to do.
template <class IsGone>
Result<> remove_files(const std::filesystem::path& folder, IsGone is_gone) {
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
    if (entry.path().extension() != kEnding || !is_gone(entry.path().stem().string())) continue;
    std::error_code error;
    std::filesystem::remove(entry.path(), error);
    if (error) return fail_errno(fmt::format("remove {}", entry.path().string()), error.value());
  }
  return {};
}

std::string name_of_network(std::string_view network) {
  return fmt::format("{}/{}{}", kNetworkFolder, network, kEnding);
}

std::string name_of_endpoint(std::string_view network, std::string_view endpoint) {
  return fmt::format("{}/{}/{}{}", kFolder, network, endpoint, kEnding);
}

std::string name_of(const Network& network, const NetworkEndpoint& endpoint) {
  return endpoint.key_file.empty() ? name_of_endpoint(network.name, endpoint.name) : endpoint.key_file;
}

Result<> remove_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::remove_all(folder, error);
  if (error) return fail_errno(fmt::format("remove {}", folder.string()), error.value());
  return {};
}

}   // namespace

Result<std::optional<WireguardKey>> KeyFiles::find(std::string_view file) const {
  if (held_)
    if (const auto at = held_->find(file); at != held_->end()) return at->second;
  return read_key(state_ / file);
}

Result<WireguardKey> KeyFiles::named_by(const Network& network) const {
  const std::filesystem::path file = state_ / network.key_file;
  if (const auto key = TRY(find(network.key_file))) return *key;
  return fail(fmt::format("network \"{}\" (line {}): there is no {}: put the private key there", network.name,
                          network.line, file.string()),
              ErrorKind::kInvalidDocument);
}

// Whichever of the two is lost is made again from the other.
Result<WireguardKey> KeyFiles::of_network(const Network& network, bool make,
                                          const std::optional<WireguardKey>& running) const {
  if (!network.key_file.empty()) return named_by(network);
  const std::string name = name_of_network(network.name);
  const auto own = TRY(find(name));
  const auto copied = copy_.empty() ? std::optional<WireguardKey>() : TRY(read_key(copy_ / name));
  const auto known = own ? own : copied ? copied : running;
  if (!make) return known.value_or(WireguardKey{});
  const WireguardKey key = known ? *known : make_private_key();
  if (!own) TRY(write_key(state_, state_ / name, key));
  if (!copy_.empty() && copied != key && !(held_ && held_->contains(name)))
    (void)write_key(copy_, copy_ / name, key);   // no copy is no reason to stop
  return key;
}

std::filesystem::path KeyFiles::file_of(const Network& network, const NetworkEndpoint& endpoint) const {
  return state_ / name_of(network, endpoint);
}

Result<WireguardKey> KeyFiles::of_endpoint(const Network& network, const NetworkEndpoint& endpoint,
                                           bool make) const {
  const std::filesystem::path file = file_of(network, endpoint);
  if (const auto key = TRY(find(name_of(network, endpoint)))) return *key;
  if (std::filesystem::path(endpoint.key_file).is_absolute())
    return fail(fmt::format("endpoint \"{}\" of network \"{}\": there is no {}", endpoint.name, network.name,
                            file.string()),
                ErrorKind::kInvalidDocument);
  const WireguardKey key = make_private_key();
  if (make) TRY(write_key(state_, file, key));
  return key;
}

Result<std::optional<WireguardKey>> KeyFiles::find_of_endpoint(const Network& network,
                                                               const NetworkEndpoint& endpoint) const {
  if (endpoint.public_key) return std::nullopt;
  return find(name_of(network, endpoint));
}

Result<> KeyFiles::put_of_endpoint(const Network& network, const NetworkEndpoint& endpoint,
                                   const WireguardKey& private_key) const {
  return write_key(state_, file_of(network, endpoint), private_key);
}

Result<> KeyFiles::forget_endpoint(const Network& network, const NetworkEndpoint& endpoint) const {
  const std::filesystem::path file = file_of(network, endpoint);
  if (::unlink(file.c_str()) == 0 || errno == ENOENT) return {};
  return fail_errno(fmt::format("remove {}", file.string()), errno);
}

Result<WireguardKey> KeyFiles::preshared(const NetworkEndpoint& endpoint) const {
  const std::filesystem::path file = state_ / endpoint.preshared_key_file;
  if (const auto key = TRY(find(endpoint.preshared_key_file))) return *key;
  return fail(fmt::format("endpoint \"{}\": there is no {}", endpoint.name, file.string()),
              ErrorKind::kInvalidDocument);
}

std::map<std::string, std::string, std::less<>> KeyFiles::names_of(const Document& document,
                                                                   const Allotments& allotments) {
  std::map<std::string, std::string, std::less<>> names;
  for (const Network& network : document.networks) {
    const std::string owner = fmt::format("network \"{}\"", network.name);
    if (!network.key_file.empty()) names.emplace(network.key_file, owner);
    for (const NetworkEndpoint& endpoint : network.endpoints) {
      const std::string who = fmt::format("endpoint \"{}\" of {}", endpoint.name, owner);
      if (!endpoint.key_file.empty()) names.emplace(endpoint.key_file, who);
      if (!endpoint.preshared_key_file.empty())
        names.emplace(endpoint.preshared_key_file, who + " (preshared)");
    }
  }
  for (const auto& [key, allotment] : allotments) {
    const std::string owner = key.network == kRelayOwner ? "the relay"
                              : key.network == kReachabilityOwner
                                  ? "the tunnels to relays"
                                  : fmt::format("network \"{}\"", key.network);
    if (key.endpoint.empty())
      names.emplace(name_of_network(key.network), owner);
    else
      names.emplace(name_of_endpoint(key.network, key.endpoint),
                    fmt::format("endpoint \"{}\" of {}", key.endpoint, owner));
  }
  return names;
}

Result<KeyTable> KeyFiles::all(const Document& document, const Allotments& allotments) const {
  KeyTable keys;
  for (const auto& [name, owner] : names_of(document, allotments))
    if (const auto key = TRY_TO(owner, find(name))) keys.emplace(name, *key);
  return keys;
}

Result<> KeyFiles::put(const KeyTable& keys) const {
  for (const auto& [name, key] : keys) {
    TRY(write_key(state_, state_ / name, key));
    if (!copy_.empty() && name.starts_with(fmt::format("{}/", kNetworkFolder)))
      (void)write_key(copy_, copy_ / name, key);   // no copy is no reason to stop
  }
  return {};
}

Result<> KeyFiles::erase() const {
  if (!copy_.empty()) TRY(remove_folder(copy_ / kNetworkFolder));
  TRY(remove_folder(state_ / kNetworkFolder));
  TRY(remove_folder(state_ / kTakenInFolder));
  return remove_folder(state_ / kFolder);
}

Result<> KeyFiles::prune(const Allotments& allotments) const {
  const auto is_known = [&](const std::string& network, const std::string& endpoint) {
    const auto at = allotments.lower_bound({network, endpoint, ""});
    return at != allotments.end() && at->first.network == network && at->first.endpoint == endpoint;
  };
  for (const auto& folder : {state_ / kNetworkFolder, copy_ / kNetworkFolder})
    TRY(remove_files(folder, [&](const std::string& network) { return !is_known(network, ""); }));
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(state_ / kFolder, none)) {
    if (!entry.is_directory(none)) continue;   // named by a document, and the operator's
    const std::string network = entry.path().filename().string();
    TRY(remove_files(entry.path(),
                     [&](const std::string& endpoint) { return !is_known(network, endpoint); }));
  }
  return {};
}

}   // namespace sluice
