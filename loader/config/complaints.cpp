// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/complaints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/quote.hpp"

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
