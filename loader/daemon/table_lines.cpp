// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/table_lines.hpp"

#include <fmt/format.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "config/tree.hpp"

namespace sluice {
namespace {

using LinesByName = std::map<std::string_view, int>;

// `endpoint "phone" (line 41) of network "home"`: where it is in a sentence, and what it says.
struct Mention {
  size_t begin = 0, end = 0;   // behind the bracket
  std::string_view name, of;   // what stands behind it
};

std::optional<Mention> next_mention(std::string_view sentence, size_t from) {
  constexpr std::string_view kWord = "endpoint \"", kLine = "\" (line ";
  for (size_t at = sentence.find(kWord, from); at != std::string_view::npos;
       at = sentence.find(kWord, at + 1)) {
    const size_t name = at + kWord.size(), line = sentence.find(kLine, name);
    if (line == std::string_view::npos) return std::nullopt;
    const size_t end = sentence.find_first_not_of("0123456789", line + kLine.size());
    if (sentence.find('"', name) != line || end == std::string_view::npos || sentence[end] != ')') continue;
    return Mention{at, end + 1, sentence.substr(name, line - name), sentence.substr(end + 1)};
  }
  return std::nullopt;
}

std::string in_lines_of_table(std::string_view sentence, std::string_view network, const LinesByName& lines) {
  const std::string of_network = fmt::format(" of network \"{}\"", network);
  std::string told;
  size_t done = 0;
  while (const auto mention = next_mention(sentence, done)) {
    const auto at = lines.find(mention->name);
    const bool begins = mention->of.starts_with(of_network);
    const auto said = sentence.substr(mention->begin, mention->end - mention->begin);
    told += sentence.substr(done, mention->begin - done);
    if (begins && at != lines.end())
      told += fmt::format("line {}: endpoint \"{}\"", at->second, mention->name);
    else
      told += fmt::format("{} of the document)", said.substr(0, said.size() - 1));
    done = mention->end;
  }
  return told + std::string(sentence.substr(done));
}

void tell_by_line(const EndpointEdit& edit, nlohmann::json& complaint) {
  complaint["line"] = edit.line;
  complaint["column"] = 1;
  const std::string remedy = complaint.value("remedy", "");
  complaint["text"] = fmt::format("line {}: endpoint \"{}\": {}{}", edit.line, edit.name,
                                  complaint.value("reason", ""), remedy.empty() ? "" : " (" + remedy + ")");
}

bool is_in(std::string_view path, const std::string& place) {
  return path.starts_with(place) &&
         (path.size() == place.size() || path[place.size()] == '.' || path[place.size()] == '[');
}

}   // namespace

ApiError in_lines_of_table(ApiError error, const std::vector<EndpointEdit>& edits) {
  if (edits.empty()) return error;
  const std::string& network = edits.front().network;
  LinesByName lines;
  for (const EndpointEdit& edit : edits) lines.emplace(edit.name, edit.line);
  error.error.message = in_lines_of_table(error.error.message, network, lines);
  const std::string endpoints = "networks" + config::step_to_key(network, false) + ".endpoints";
  for (nlohmann::json& complaint : error.complaints) {
    const std::string path = complaint.value("path", "");
    for (const EndpointEdit& edit : edits)
      if (is_in(path, endpoints + config::step_to_key(edit.name, false))) tell_by_line(edit, complaint);
  }
  return error;
}

}   // namespace sluice
