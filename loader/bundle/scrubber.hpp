// SPDX-License-Identifier: GPL-2.0-or-later
// Takes secrets out of texts: those that are known, and what looks like one. Names and addresses stay. Pure.
#pragma once

#include <bitset>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice {

inline constexpr std::string_view kRemoved = "[removed]";

class Scrubber {
 public:
  // Shorter ones stand in too many texts by chance.
  static constexpr size_t kShortest = 6;

  void remove(std::string_view secret);   // wherever it stands, also as a string of JSON
  void keep(std::string key) { kept_.insert(std::move(key)); }   // it looks like a secret key, and is public

  // Beside what is known: private keys as PEM, user, path and query of URLs, bearer tokens and JWTs, what is
  // called a password or a token, and words as long as keys that base64 may have made.
  std::string scrub(std::string_view text) const;

 private:
  size_t known_at(std::string_view text, size_t at) const;
  size_t take(std::string_view text, size_t at, std::string& out) const;

  std::unordered_map<uint32_t, std::vector<std::string>> known_;   // by the first four bytes; longest first
  std::bitset<65'536> beginnings_;   // the first two bytes of these: most bytes of a text begin nothing
  std::set<std::string, std::less<>> kept_;
};

// The document without its comments, which may say anything. Its lines keep their numbers.
std::string without_comments(std::string_view document);

}   // namespace sluice
