// SPDX-License-Identifier: GPL-2.0-or-later
#include "bundle/scrubber.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <nlohmann/json.hpp>

#include "bundle/secret_forms.hpp"
#include "config/scan.hpp"

namespace sluice {
namespace {

template <class Bytes>
Bytes beginning_of(std::string_view text) {
  Bytes bytes = 0;
  std::memcpy(&bytes, text.data(), sizeof(bytes));
  return bytes;
}

bool is_of_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// No secret begins there by its form.
bool is_within_word(std::string_view text, size_t at) {
  return at > 0 && is_of_word(text[at]) && is_of_word(text[at - 1]);
}

// As it stands in a string of JSON.
std::string quoted(std::string_view text) {
  const std::string whole =
      nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return whole.substr(1, whole.size() - 2);
}

}   // namespace

void Scrubber::remove(std::string_view secret) {
  if (secret.size() < kShortest) return;
  for (std::string form : {std::string(secret), quoted(secret)}) {
    auto& same = known_[beginning_of<uint32_t>(form)];
    if (std::ranges::find(same, form) != same.end()) continue;
    const auto place = std::ranges::find_if(same, [&](auto& one) { return one.size() < form.size(); });
    beginnings_.set(beginning_of<uint16_t>(form));
    same.insert(place, std::move(form));
  }
}

size_t Scrubber::known_at(std::string_view text, size_t at) const {
  if (text.size() - at < kShortest || !beginnings_.test(beginning_of<uint16_t>(text.substr(at)))) return 0;
  const auto same = known_.find(beginning_of<uint32_t>(text.substr(at)));
  if (same == known_.end()) return 0;
  for (const std::string& one : same->second)
    if (text.substr(at).starts_with(one)) return one.size();
  return 0;
}

size_t Scrubber::take(std::string_view text, size_t at, std::string& out) const {
  if (const size_t length = known_at(text, at)) {
    out += kRemoved;
    return at + length;
  }
  if (is_within_word(text, at)) return at;
  for (const auto form : {take_pem_key, take_url, take_web_token, take_bearer_token, take_named_secret})
    if (const size_t end = form(text, at, out); end != at) return end;
  const size_t end = end_of_key(text, at);
  if (end == at) return at;
  const std::string_view word = text.substr(at, end - at);
  out += kept_.contains(word) ? word : kRemoved;
  return end;
}

std::string Scrubber::scrub(std::string_view text) const {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t end = take(text, at, out);
    if (end == at) out += text[at];
    at = std::max(end, at + 1);
  }
  return out;
}

std::string without_comments(std::string_view document) {
  std::string out;
  for (size_t at = 0; at < document.size();) {
    const size_t comment = config::comment_end(document, at);
    const size_t end = document[at] == '"' ? config::string_end(document, at) : at + 1;
    if (comment == at)
      out += document.substr(at, end - at);
    else
      out.append(static_cast<size_t>(std::ranges::count(document.substr(at, comment - at), '\n')), '\n');
    at = comment == at ? end : comment;
  }
  return out;
}

}   // namespace sluice
