// SPDX-License-Identifier: GPL-2.0-or-later
// Collects everything that is wrong with one text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "config/scan.hpp"
#include "config/tree.hpp"

namespace sluice::config {

class Complaints {
 public:
  static constexpr size_t kMost = 100;

  Complaints(std::string_view text, std::string_view file_name) : lines_(text), file_(file_name) {}

  void say(const Node& value, std::string reason, std::string remedy = {});
  void say_about_key(const Node& member, std::string reason, std::string remedy = {});
  void say_at(size_t offset, std::string reason, std::string remedy = {});   // broken syntax
  void warn(const Node& value, std::string reason, std::string remedy = {});

  bool empty() const { return errors_.empty(); }
  // More would not be shown: helpful but costly remedies can be left out.
  bool full() const { return errors_.size() >= kMost; }
  int line_of(const Node& node) const { return lines_.line_of(node.start()); }

  std::vector<Complaint> errors() const;
  std::vector<std::string> warnings() const;

 private:
  struct Entry {
    size_t offset;
    const Node* node;   // nullptr: broken syntax has no path
    std::string reason, remedy;
  };

  Complaint render(const Entry& entry) const;
  Complaint render_rest(const Complaint& last, size_t count) const;

  Lines lines_;
  std::string file_;
  std::vector<Entry> errors_, warnings_;
};

// Words of a document inside a message.

// In double quotes, shortened, control characters escaped: the text may come from anybody and goes to a
// terminal.
std::string quote(std::string_view text);

// The same without quotes and shortening: control characters (C0, DEL and C1) and
// bytes that are not UTF-8 become '?', a tab a space.
std::string printable(std::string_view text);

// As a JSON string.
std::string json_string(std::string_view text);

}   // namespace sluice::config
