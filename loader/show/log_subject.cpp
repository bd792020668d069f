// SPDX-License-Identifier: GPL-2.0-or-later
#include "show/log_subject.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace sluice {
namespace {

// Of kinds whose names are not in quotes.
constexpr std::string_view kPlainKinds[] = {"revision", "endpoint", "VRF"};

struct Found {
  std::string_view kind, name;
  size_t end;   // in the sentence, behind the name
};

bool is_of_kind(char c) { return (c >= 'a' && c <= 'z') || c == '_' || c == '-'; }

// The word that ends at `end`.
std::string_view word_before(std::string_view text, size_t end) {
  size_t begin = end;
  while (begin > 0 && is_of_kind(text[begin - 1])) --begin;
  return text.substr(begin, end - begin);
}

// KIND "NAME", the first one.
std::optional<Found> find_quoted(std::string_view text) {
  for (size_t at = text.find(" \""); at != std::string_view::npos; at = text.find(" \"", at + 1)) {
    const size_t begin = at + 2, end = text.find('"', begin);
    const std::string_view kind = word_before(text, at);
    if (end == std::string_view::npos) return std::nullopt;
    if (!kind.empty() && end > begin) return Found{kind, text.substr(begin, end - begin), end + 1};
    at = end;
  }
  return std::nullopt;
}

bool starts_word(std::string_view text, size_t at) { return at == 0 || text[at - 1] == ' '; }

std::optional<Found> find_plain(std::string_view text, std::string_view kind) {
  const std::string mark = fmt::format("{} ", kind);
  for (size_t at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at + 1)) {
    const size_t begin = at + mark.size(), end = std::min(text.find_first_of(" :,;)", begin), text.size());
    const std::string_view name = text.substr(begin, end - begin);
    // A number, or a name of two parts: no word of a sentence.
    const bool is_name = name.find_first_of("0123456789/") != std::string_view::npos;
    if (starts_word(text, at) && is_name) return Found{kind, name, end};
  }
  return std::nullopt;
}

std::string reason_of(std::string_view rest) {
  const size_t begin = rest.find_first_not_of(" :,");
  return begin == std::string_view::npos ? std::string() : std::string(rest.substr(begin));
}

}   // namespace

LogSubject subject_of(std::string_view sentence) {
  std::optional<Found> first = find_quoted(sentence);
  for (const std::string_view kind : kPlainKinds)
    if (const auto found = find_plain(sentence, kind); found && (!first || found->end < first->end))
      first = found;
  if (!first) return {};
  return {fmt::format("{}/{}", first->kind, first->name), reason_of(sentence.substr(first->end))};
}

std::vector<std::string> subject_fields(std::string_view sentence) {
  const LogSubject subject = subject_of(sentence);
  if (subject.object.empty()) return {};
  return {"SLUICE_OBJECT=" + subject.object, "SLUICE_REASON=" + subject.reason};
}

}   // namespace sluice
