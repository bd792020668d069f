// SPDX-License-Identifier: GPL-2.0-or-later
#include "bundle/secret_forms.hpp"

#include <algorithm>
#include <cctype>

#include "bundle/scrubber.hpp"

namespace sluice {
namespace {

constexpr size_t kLeastToken = 8, kLeastKey = 40;
constexpr std::string_view kAnyName[] = {"passw",   "passphrase", "secret",     "token",
                                         "api_key", "apikey",     "credential", "private_key"};
constexpr std::string_view kPasswordNames[] = {"password", "passwd", "passphrase"};

bool is_alphanumeric(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
bool is_in(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }
bool is_token_byte(char c) { return is_alphanumeric(c) || is_in(c, "-._~+/="); }
bool is_name_byte(char c) { return is_alphanumeric(c) || c == '_' || c == '-'; }
bool ends_word(char c) { return c <= ' ' || is_in(c, "\"'`<>\\,;(){}[]|"); }

template <class Belongs>
size_t end_of(std::string_view text, size_t at, Belongs belongs) {
  while (at < text.size() && belongs(text[at])) ++at;
  return at;
}

bool begins_word(std::string_view text, size_t at) { return at == 0 || !is_name_byte(text[at - 1]); }

std::string small(std::string_view text) {
  std::string letters(text);
  std::ranges::transform(letters, letters.begin(), [](unsigned char c) { return std::tolower(c); });
  return letters;
}

bool begins_with(std::string_view text, size_t at, std::string_view small_word) {
  return small(text.substr(at, small_word.size())) == small_word;
}

// Names of files and of what is done with secrets are none.
bool means_secret(const std::string& name) {
  if (name.ends_with("_file") || name.ends_with("_files")) return false;
  return std::ranges::any_of(kAnyName, [&](auto part) { return name.find(part) != std::string::npos; });
}

bool is_password(const std::string& name) {
  return std::ranges::find(kPasswordNames, name) != std::end(kPasswordNames);
}

// From the end of a name to the value: "=", ": ", `": "`. A password may stand behind a blank as well.
size_t begin_of_value(std::string_view text, size_t at, bool blank_is_enough) {
  const size_t begin = end_of(text, at, [](char c) { return is_in(c, " \t\"'\\:="); });
  const std::string_view between = text.substr(at, begin - at);
  if (between.find_first_of(":=") != std::string_view::npos) return begin;
  if (!blank_is_enough || between.empty()) return at;
  return begins_with(text, begin, "is ") ? end_of(text, begin + 2, [](char c) { return c == ' '; }) : begin;
}

// Of a value that a quote stands in front of, its other quote; a backslash in front of that belongs to it.
size_t end_of_value(std::string_view text, size_t begin) {
  const char before = text[begin - 1];
  if (before != '"' && before != '\'') return end_of(text, begin, [](char c) { return !ends_word(c); });
  const size_t end = end_of(text, begin, [&](char c) { return c != before && c != '\n'; });
  return end > begin && text[end - 1] == '\\' ? end - 1 : end;
}

bool is_plain(std::string_view value) { return value == "true" || value == "false" || value == "null"; }

// "user:password@" goes, "host:port" stays.
size_t take_authority(std::string_view text, size_t at, std::string& out) {
  const size_t end =
      end_of(text, at, [](char c) { return is_in(c, "[]") || (!ends_word(c) && !is_in(c, "/?#")); });
  const std::string_view authority = text.substr(at, end - at);
  const size_t mark = authority.rfind('@');
  if (mark != std::string_view::npos) out += std::string(kRemoved) + "@";
  out += authority.substr(mark == std::string_view::npos ? 0 : mark + 1);
  return end;
}

}   // namespace

size_t take_pem_key(std::string_view text, size_t at, std::string& out) {
  constexpr std::string_view kBegin = "-----BEGIN ", kKey = "PRIVATE KEY-----", kEnd = "-----END ";
  if (!text.substr(at).starts_with(kBegin)) return at;
  const size_t title = text.find("-----", at + kBegin.size());
  if (title == std::string_view::npos || !text.substr(0, title + 5).ends_with(kKey)) return at;
  out += kRemoved;
  const size_t end = text.find(kEnd, title);
  const size_t after = end == std::string_view::npos ? end : text.find("-----", end + kEnd.size());
  return after == std::string_view::npos ? text.size() : after + 5;
}

size_t take_url(std::string_view text, size_t at, std::string& out) {
  constexpr std::string_view kMark = "://";
  if (!text.substr(at).starts_with(kMark)) return at;
  out += kMark;
  const size_t path = take_authority(text, at + kMark.size(), out);
  size_t end = end_of(text, path, [](char c) { return !ends_word(c); });
  while (end > path && is_in(text[end - 1], ".:")) --end;   // of the sentence
  if (end > path) out += text[path] == '/' ? "/" : "";
  if (end > path + 1) out += kRemoved;
  return end;
}

size_t take_web_token(std::string_view text, size_t at, std::string& out) {
  if (!text.substr(at).starts_with("eyJ") || !begins_word(text, at)) return at;
  const size_t end = end_of(text, at, [](char c) { return is_name_byte(c) || c == '.'; });
  if (std::ranges::count(text.substr(at, end - at), '.') < 2) return at;
  out += kRemoved;
  return end;
}

size_t take_bearer_token(std::string_view text, size_t at, std::string& out) {
  constexpr std::string_view kWord = "bearer ";
  if (!begins_word(text, at) || !begins_with(text, at, kWord)) return at;
  const size_t begin = at + kWord.size(), end = end_of(text, begin, is_token_byte);
  if (end - begin < kLeastToken) return at;
  out += text.substr(at, kWord.size());
  out += kRemoved;
  return end;
}

size_t take_named_secret(std::string_view text, size_t at, std::string& out) {
  if (!is_alphanumeric(text[at]) || !begins_word(text, at)) return at;
  const size_t name_end = end_of(text, at, is_name_byte);
  const std::string name = small(text.substr(at, name_end - at));
  if (!means_secret(name)) return at;
  const size_t begin = begin_of_value(text, name_end, is_password(name));
  if (begin == name_end) return at;
  const size_t end = end_of_value(text, begin);
  if (end == begin || is_plain(text.substr(begin, end - begin))) return at;
  out += text.substr(at, begin - at);
  out += kRemoved;
  return end;
}

size_t end_of_key(std::string_view text, size_t at) {
  const auto belongs = [](char c) { return is_name_byte(c) || c == '+' || c == '/'; };
  if (!belongs(text[at]) || (at > 0 && belongs(text[at - 1]))) return at;
  const size_t end = end_of(text, at, belongs);
  const std::string_view word = text.substr(at, end - at);
  const auto has = [&](int (*kind)(int)) {
    return std::ranges::any_of(word, [&](unsigned char c) { return kind(c) != 0; });
  };
  if (word.size() < kLeastKey || !has(std::isupper) || !has(std::islower) || !has(std::isdigit)) return at;
  return end_of(text, end, [](char c) { return c == '='; });
}

}   // namespace sluice
