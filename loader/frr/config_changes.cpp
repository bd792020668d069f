// SPDX-License-Identifier: GPL-2.0-or-later
#include "frr/config_changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"

namespace sluice {
namespace {

using Lines = std::vector<std::string>;

constexpr std::string_view kNeighbour = "neighbor ", kFamily = "address-family ";

// A section of the configuration: lines, and what opens and closes it.
struct Section {
  Lines opened;   // by these commands; the last one gives it its name
  Lines lines;
};

bool opens_section(std::string_view line) {
  return line.starts_with("router ") || line.starts_with("interface ") || line.starts_with(kFamily) ||
         line.starts_with("route-map ");
}

std::string_view closing_of(std::string_view opening) {
  return opening.starts_with(kFamily) ? "exit-address-family" : "exit";
}

// By what opens them, joined; the lines outside of all are those of "".
std::map<std::string, Section> sections_of(std::string_view text) {
  std::map<std::string, Section> sections;
  Lines opened;
  for (std::string_view line : split(text, '\n')) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (line.empty() || line.starts_with('!')) continue;
    if (line == "exit" || line == "exit-address-family") {
      if (!opened.empty()) opened.pop_back();
    } else if (opens_section(line)) {
      opened.emplace_back(line);
      sections[join(opened, " / ")].opened = opened;
    } else {
      sections[join(opened, " / ")].lines.emplace_back(line);
    }
  }
  return sections;
}

std::string_view neighbour_of(std::string_view line) {
  if (!line.starts_with(kNeighbour)) return {};
  line.remove_prefix(kNeighbour.size());
  return line.substr(0, line.find(' '));
}

std::string undone(std::string_view line) {
  return line.starts_with("no ") ? std::string(line.substr(3)) : fmt::format("no {}", line);
}

// Of a neighbour whose map is another one there is one at every moment: routers are told nothing in between.
bool is_replaced(std::string_view line, const Lines& after) {
  const auto words = split(line, ' ');
  if (words.size() != 5 || words[0] != "neighbor" || words[2] != "route-map") return false;
  return std::ranges::any_of(after, [&](const std::string& other) {
    const auto others = split(other, ' ');
    return others.size() == 5 && others[1] == words[1] && others[2] == words[2] && others[4] == words[4];
  });
}

Lines without(const Lines& lines, const Lines& others) {
  const std::set<std::string_view> known(others.begin(), others.end());
  Lines rest;
  std::ranges::copy_if(lines, std::back_inserter(rest),
                       [&](const std::string& line) { return !known.contains(line); });
  return rest;
}

class Comparison {
 public:
  Comparison(std::string_view before, std::string_view after)
      : before_(sections_of(before)), after_(sections_of(after)) {
    for (const auto& [name, section] : before_)
      for (const std::string& line : without(section.lines, after_[name].lines))
        if (line.find(" remote-as ") != std::string::npos) gone_.emplace(neighbour_of(line));
    // Nothing is left of one that goes: of one that comes back with another number all is new.
    for (auto& [name, section] : before_)
      std::erase_if(section.lines,
                    [&](const std::string& line) { return gone_.contains(neighbour_of(line)); });
  }

  bool same_frame() const { return frame(before_) == frame(after_); }

  // New filters before the sessions that they are for, old ones after them.
  ConfigChanges changes() {
    ConfigChanges made;
    const Lines new_outside = without(after_[""].lines, before_[""].lines);
    const Lines old_outside = without(before_[""].lines, after_[""].lines);
    made.commands = new_outside;
    for (const auto& [name, section] : after_)
      if (!name.empty()) add_section(name, section, made.commands);
    for (const std::string& line : old_outside) made.commands.push_back(undone(line));
    for (const Lines& lines : {new_outside, old_outside})
      for (const std::string& line : lines) note_filter(line);
    made.afterwards = looks_again();
    return made;
  }

 private:
  using Sections = std::map<std::string, Section>;

  // Sections that no command makes or takes away while sessions last.
  static Lines frame(const Sections& sections) {
    Lines names;
    for (const auto& [name, section] : sections)
      if (!name.empty()) names.push_back(name);
    return names;
  }

  void add_section(const std::string& name, const Section& section, Lines& commands) {
    Lines inside;
    if (section.opened.size() == 1)
      for (const std::string& neighbour : gone_)
        inside.push_back(fmt::format("no {}{}", kNeighbour, neighbour));
    for (const std::string& line : without(before_[name].lines, section.lines))
      if (!is_replaced(line, section.lines)) inside.push_back(undone(line));
    for (std::string& line : without(section.lines, before_[name].lines)) inside.push_back(std::move(line));
    if (inside.empty()) return;
    commands.insert(commands.end(), section.opened.begin(), section.opened.end());
    commands.insert(commands.end(), inside.begin(), inside.end());
    for (auto opened = section.opened.rbegin(); opened != section.opened.rend(); ++opened)
      commands.emplace_back(closing_of(*opened));
  }

  void note_filter(std::string_view line) {
    const auto words = split(line, ' ');
    if (words.size() > 2 && words[1] == "prefix-list") filters_.emplace(words[2]);
  }

  // What came in before a filter changed is judged by it, too: the site sends it again, and no session ends.
  // What goes out is sent again.
  Lines looks_again() {
    Lines looks;
    for (const auto& [name, section] : after_)
      for (const std::string& line : section.lines) {
        const auto words = split(line, ' ');
        if (words.size() < 4 || words[0] != "neighbor" || words[2] != "prefix-list") continue;
        if (filters_.contains(words[3]))
          looks.push_back(fmt::format("clear bgp {} unicast {} soft {}",
                                      name.find("ipv6 unicast") == std::string::npos ? "ipv4" : "ipv6",
                                      words[1], words.size() > 4 ? words[4] : "in"));
      }
    return looks;
  }

  Sections before_, after_;
  std::set<std::string, std::less<>> gone_, filters_;
};

}   // namespace

std::optional<ConfigChanges> config_changes(std::string_view before, std::string_view after) {
  if (split(before, '\n').front() != split(after, '\n').front()) return std::nullopt;
  Comparison comparison(before, after);
  if (!comparison.same_frame()) return std::nullopt;
  return comparison.changes();
}

}   // namespace sluice
