// SPDX-License-Identifier: GPL-2.0-or-later
#include "front/materials.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/file.hpp"
#include "base/fnv.hpp"
#include "base/text.hpp"

namespace sluice {
namespace {

constexpr size_t kLargestPem = size_t{1} << 20;
constexpr size_t kShortestSecret = 32, kLongestSecret = 512;   // RFC 7518 section 3.2: 256 bits at least

std::string hash_of(std::string_view text) {
  return fmt::format("{:016x}", fnv(kFnvStart, text.data(), text.size()));
}

std::string stamp_of(const std::filesystem::path& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return fmt::format("{}", errno);
  return fmt::format("{} {} {} {}.{}", found.st_dev, found.st_ino, found.st_size, found.st_mtim.tv_sec,
                     found.st_mtim.tv_nsec);
}

// They become words of a map.
bool is_secret_letter(char c) {
  return c > ' ' && c < 0x7f && c != ';' && c != '\\' && c != '"' && c != '\'' && c != '#';
}

Result<std::string> secret_of(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  if (text.size() < kShortestSecret || text.size() > kLongestSecret)
    return fail(fmt::format("a secret has {} to {} characters", kShortestSecret, kLongestSecret));
  if (!std::ranges::all_of(text, is_secret_letter))
    return fail(
        "a secret has letters, digits and signs of ASCII, without blanks, quotes, \";\", \"#\" and \"\\\"");
  return std::string(text);
}

Result<std::string> token_key_of(const std::string& text, const TokenRules& tokens) {
  if (tokens.algorithm == TokenAlgorithm::kHs256) return secret_of(text);
  TRY(check_public_key(text, tokens.algorithm == TokenAlgorithm::kEs256));
  return text;
}

std::string name_of_copy(const CertificateFiles& files) {
  return hash_of(files.chain + '\n' + files.key) + ".pem";
}

}   // namespace

const MaterialReader::Read& MaterialReader::file(const std::string& name) {
  const std::filesystem::path path = paths_.kept / name;   // an absolute one is itself
  Read& known = read_[name];
  std::string stamp = stamp_of(path);
  if (known.stamp == stamp) return known;
  auto text = read_file(path, kLargestPem);
  known = {std::move(stamp), text ? std::move(*text) : "", text ? std::nullopt : std::optional(text.error())};
  return known;
}

Result<Certificate> MaterialReader::certificate(const CertificateFiles& files) {
  const Read &chain = file(files.chain), &key = file(files.key);
  for (const Read* one : {&chain, &key})
    if (one->error) return std::unexpected(*one->error);
  return read_certificate(chain.text, key.text);
}

// While it is being replaced the key may not be that of the chain: what was good is served until both are.
void MaterialReader::add_certificate(const CertificateFiles& files, FrontMaterials& materials) {
  const std::string copy = name_of_copy(files);
  auto read = certificate(files);
  if (read) {
    good_[copy] = std::move(*read);
    good_[copy].source = files.chain;
  } else {
    materials.troubles.push_back(fmt::format("certificate {}: {}", files.chain, read.error().message));
    if (!good_.contains(copy)) {
      const auto before = read_file(paths_.certificates() / copy, kLargestPem);
      if (auto served = before ? read_certificate(*before, *before) : std::unexpected(before.error()))
        (good_[copy] = std::move(*served)).source = files.chain;
    }
  }
  const auto known = good_.find(copy);
  if (known == good_.end()) return;
  materials.certificates[copy] = known->second;
  const auto now = std::chrono::system_clock::now();
  if (known->second.ends <= now)
    materials.troubles.push_back(
        fmt::format("certificate {} ended at {}", files.chain, rfc3339(known->second.ends)));
}

void MaterialReader::add_token_key(const std::string& name, const TokenRules& tokens,
                                   FrontMaterials& materials) {
  const Read& read = file(name);
  auto key = read.error ? std::unexpected(*read.error) : token_key_of(read.text, tokens);
  if (key)
    good_keys_[name] = std::move(*key);
  else
    materials.troubles.push_back(fmt::format("key of tokens {}: {}", name, key.error().message));
  const auto known = good_keys_.find(name);
  if (known == good_keys_.end()) return;
  if (tokens.algorithm == TokenAlgorithm::kHs256)
    materials.secrets.push_back(known->second);
  else   // by its content: HAProxy reads it when it begins
    materials.public_keys[fmt::format("token-{}.pem", hash_of(known->second))] = known->second;
}

FrontMaterials MaterialReader::read(const Front& front, const std::vector<OrderedName>& ordered) {
  FrontMaterials materials;
  for (const CertificateFiles& files : front.certificates) add_certificate(files, materials);
  for (const OrderedName& one : ordered) {
    const std::string file = FrontPaths::ordered_file(one.name);
    std::error_code error;
    if (std::filesystem::exists(paths_.kept / file, error)) add_certificate({file, file}, materials);
  }
  if (front.tokens)
    for (const std::string& name : front.tokens->key_files) add_token_key(name, *front.tokens, materials);
  return materials;
}

}   // namespace sluice
