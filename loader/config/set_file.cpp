// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/set_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "config/complaints.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr size_t kLongestPath = 4096;

std::string_view member_on(std::string_view line) { return trimmed(line.substr(0, line.find('#'))); }

struct FileLines {
  std::vector<Prefix> members;
  size_t bad = 0, first_bad = 0;   // lines; the number of the first, from 1
  bool host_bits = false;          // what is wrong with the first
};

void take_line(std::string_view member, size_t number, FileLines& lines) {
  if (const auto prefix = Prefix::parse(member)) {
    lines.members.push_back(*prefix);
  } else if (lines.bad++ == 0) {
    lines.first_bad = number;
    lines.host_bits = Prefix::has_host_bits(member);
  }
}

FileLines take_lines(std::string_view text) {
  FileLines lines;
  size_t number = 0;
  while (!text.empty() && lines.members.size() <= kMostSetMembers) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view member = member_on(text.substr(0, end));
    ++number;
    if (!member.empty()) take_line(member, number, lines);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

void complain_about_lines(const FileLines& lines, std::string_view name, const Node& node, Draft& draft) {
  std::string reason = fmt::format("{}:{}: {}", printable(name), lines.first_bad,
                                   lines.host_bits ? "has host bits set" : "is no address or prefix");
  if (lines.bad > 1) reason += fmt::format("; {} more lines are wrong", lines.bad - 1);
  draft.complaints.say(node, std::move(reason),
                       R"(one on each line, such as "192.0.2.1" or "2001:db8::/32", "#" before a comment)");
}

void sort_out(std::vector<Prefix>& members) {
  if (!std::ranges::is_sorted(members)) std::ranges::sort(members);   // most files are
  members.erase(std::unique(members.begin(), members.end()), members.end());
}

}   // namespace

bool is_file_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestPath &&
         std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

std::vector<Prefix> read_set_file(const Node& node, Draft& draft) {
  const auto name = read_string(node, draft.complaints);
  if (!name) return {};
  const auto file = draft.files.find(*name);
  if (!is_file_name(*name)) {
    draft.complaints.say(node, fmt::format("{} is no name of a file", quote(*name)));
  } else if (file == draft.files.end()) {
    draft.complaints.say(node, fmt::format("what is in {} did not come with the document", quote(*name)),
                         "`sluice` reads the files of sets and sends them along");
  } else {
    FileLines lines = take_lines(file->second);
    if (lines.members.size() > kMostSetMembers)
      draft.complaints.say(node, fmt::format("{} has too many addresses", quote(*name)),
                           fmt::format("at most {}", with_commas(kMostSetMembers)));
    else if (lines.bad)
      complain_about_lines(lines, *name, node, draft);
    else if (lines.members.empty())
      draft.complaints.say(node, fmt::format("{} has no address in it", quote(*name)), "name at least one");
    sort_out(lines.members);
    return std::move(lines.members);
  }
  return {};
}

std::vector<std::string_view> members_of_file(std::string_view text) {
  std::vector<std::string_view> members;
  for (const std::string_view line : split(text, '\n'))
    if (const auto member = member_on(line); !member.empty()) members.push_back(member);
  std::ranges::sort(members);
  const auto twice = std::ranges::unique(members);
  members.erase(twice.begin(), twice.end());
  return members;
}

}   // namespace sluice::config
