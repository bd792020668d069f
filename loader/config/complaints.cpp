// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/complaints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace sluice::config {
namespace {

std::string sentence(const Complaint& complaint, std::string_view mark) {
  std::string text = fmt::format("{}:{}:{}: ", complaint.file, complaint.line, complaint.column);
  if (!complaint.path.empty()) text += complaint.path + ": ";
  text += std::string(mark) + complaint.reason;
  return complaint.remedy.empty() ? text : fmt::format("{} ({})", text, complaint.remedy);
}

template <class Entry>
std::vector<Entry> in_order_of_text(std::vector<Entry> entries) {
  std::stable_sort(entries.begin(), entries.end(), [](auto& a, auto& b) { return a.offset < b.offset; });
  return entries;
}

}   // namespace

void Complaints::say(const Node& value, std::string reason, std::string remedy) {
  errors_.push_back({value.begin, &value, std::move(reason), std::move(remedy)});
}

void Complaints::say_about_key(const Node& member, std::string reason, std::string remedy) {
  errors_.push_back({member.start(), &member, std::move(reason), std::move(remedy)});
}

void Complaints::say_at(size_t offset, std::string reason, std::string remedy) {
  errors_.push_back({offset, nullptr, std::move(reason), std::move(remedy)});
}

void Complaints::warn(const Node& value, std::string reason, std::string remedy) {
  warnings_.push_back({value.begin, &value, std::move(reason), std::move(remedy)});
}

Complaint Complaints::render(const Entry& entry) const {
  const Place place = lines_.place_of(entry.offset);
  Complaint complaint{printable(file_), place.line, place.column, {}, entry.reason, entry.remedy, {}};
  if (entry.node) complaint.path = path_of(*entry.node);
  return complaint;
}

Complaint Complaints::render_rest(const Complaint& last, size_t count) const {
  Complaint rest{last.file, last.line, last.column, {}, fmt::format("and {} more", count), {}, {}};
  rest.text = fmt::format("{}: {}", rest.file, rest.reason);
  return rest;
}

std::vector<Complaint> Complaints::errors() const {
  const auto sorted = in_order_of_text(errors_);
  std::vector<Complaint> shown;
  for (size_t i = 0; i < std::min(sorted.size(), kMost); ++i) {
    shown.push_back(render(sorted[i]));
    shown.back().text = sentence(shown.back(), "") + lines_.excerpt(sorted[i].offset);
  }
  if (sorted.size() > kMost) shown.push_back(render_rest(shown.back(), sorted.size() - kMost));
  return shown;
}

std::vector<std::string> Complaints::warnings() const {
  const auto sorted = in_order_of_text(warnings_);
  std::vector<std::string> shown;
  for (size_t i = 0; i < std::min(sorted.size(), kMost); ++i)
    shown.push_back(sentence(render(sorted[i]), "warning: "));
  if (sorted.size() > kMost)
    shown.push_back(fmt::format("{}: and {} more warnings", file_, sorted.size() - kMost));
  return shown;
}

namespace {

constexpr size_t kLongestQuote = 60;

// C1 controls are two bytes in UTF-8: c2 80 .. c2 9f. Some terminals obey them as they obey ESC [.
bool is_c1_control(std::string_view text, size_t at) {
  return text[at] == '\xc2' && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xa0;
}

bool is_c0_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string_view shortened(std::string_view text) {
  if (text.size() <= kLongestQuote) return text;
  size_t end = kLongestQuote;
  while (end > 0 && continues_character(text[end])) --end;
  return text.substr(0, end);
}

std::string escaped(char c) {
  if (c == '"' || c == '\\') return {'\\', c};
  return is_c0_control(c) ? fmt::format("\\u{:04x}", static_cast<unsigned char>(c)) : std::string(1, c);
}

}   // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t length = character_at(text, at);
    const bool control = length == 0 || is_c1_control(text, at) || is_c0_control(text[at]);
    if (text[at] == '\t')
      out += ' ';
    else if (control)
      out += '?';
    else
      out += text.substr(at, length);
    at += std::max<size_t>(length, 1);
  }
  return out;
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) out += escaped(c);
  return out + '"';
}

std::string quote(std::string_view text) {
  const auto shown = shortened(text);
  std::string out = printable(json_string(shown));
  return shown.size() == text.size() ? out : out + "...";
}

}   // namespace sluice::config

namespace sluice {

Error refusal(std::string_view file_name, const std::vector<Complaint>& complaints) {
  const size_t count = complaints.size();
  return Error{fmt::format("{}: {} complaint{}", file_name, count, count == 1 ? "" : "s"),
               ErrorKind::kInvalidDocument};
}

nlohmann::json json_of(const std::vector<Complaint>& complaints) {
  auto list = nlohmann::json::array();
  for (const Complaint& c : complaints)
    list.push_back({{"file", c.file},
                    {"line", c.line},
                    {"column", c.column},
                    {"path", c.path},
                    {"reason", c.reason},
                    {"remedy", c.remedy},
                    {"text", c.text}});
  return list;
}

}   // namespace sluice
