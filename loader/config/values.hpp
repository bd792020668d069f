// SPDX-License-Identifier: GPL-2.0-or-later
// Single values of a document. Each function complains and answers nothing when the value is not what it
// reads.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/complaints.hpp"
#include "config/tree.hpp"
#include "model/address.hpp"
#include "model/limit.hpp"

namespace sluice::config {
// Of an object whose keys are fixed.
using Keys = std::span<const std::string_view>;

// The member, or nullptr and a complaint; of what is no object nothing more is said.
const Node* require_member(const Node& object, std::string_view key, Complaints& complaints);

// Complains when `node` is no object, about keys that nobody knows, and
// about required ones that are missing.
class Members {
 public:
  Members(const Node& node, Keys known, Complaints& complaints);

  const Node* find(std::string_view key) const { return node_.member(key); }
  const Node* require(std::string_view key) const { return require_member(node_, key, complaints_); }

 private:
  void complain_about_unknown(Keys known) const;

  const Node& node_;
  Complaints& complaints_;
};

bool expect_kind(const Node& node, Kind kind, Complaints& complaints);

// `did you mean "lan"?`, or what there is, or nothing.
std::string suggest(std::string_view word, const std::vector<std::string>& candidates, std::string_view what);
std::vector<std::string> to_strings(Keys words);

std::optional<std::string_view> read_string(const Node& node, Complaints& complaints);
std::optional<bool> read_bool(const Node& node, Complaints& complaints);
// The index of one of a few words.
std::optional<size_t> read_word(const Node& node, Keys words, Complaints& complaints);
// "2h", at most 30 days; at least a second unless `zero` is allowed ("0s").
std::optional<std::chrono::seconds> read_duration(const Node& node, Complaints& complaints,
                                                  bool zero = false);
// A whole number between these, both included.
std::optional<uint32_t> read_count(const Node& node, uint32_t least, uint32_t most, Complaints& complaints);

// Values that follow each other in the tree, or one alone.
class Items {
 public:
  struct Iterator {
    const Node* at;
    bool is_alone;
    const Node* operator*() const { return at; }
    Iterator& operator++() {
      at = is_alone ? nullptr : at->next;
      return *this;
    }
    bool operator==(const Iterator& other) const { return at == other.at; }
  };
  static Items of(const Node& list) { return {list.first, false, list.count}; }
  static Items alone(const Node& value) { return {&value, true, 1}; }
  static Items none() { return {nullptr, false, 0}; }

  Iterator begin() const { return {first_, is_alone_}; }
  Iterator end() const { return {nullptr, is_alone_}; }
  size_t size() const { return count_; }

 private:
  Items(const Node* first, bool is_alone, size_t count) : first_(first), is_alone_(is_alone), count_(count) {}

  const Node* first_;
  bool is_alone_;
  size_t count_;
};

// The items of a list that must not be empty nor have an item twice, or the one value that stands for itself.
Items read_one_or_list(const Node& node, Complaints& complaints);
// A complaint where there are more.
void limit_count(const Node& node, size_t count, size_t most, std::string_view what, Complaints& complaints);
// The items of a list.
Items read_list(const Node& node, Complaints& complaints);

// Names of the document's own things (base/name.hpp).
bool check_name(std::string_view name, const Node& node, bool is_key, Complaints& complaints);
// A key that is a device (config/config.hpp).
bool check_device_name(const Node& member, Complaints& complaints);
// The same as a value.
std::optional<std::string_view> read_device_name(const Node& node, Complaints& complaints);

std::optional<uint8_t> read_protocol(const Node& node, Complaints& complaints);
std::vector<uint8_t> read_protocols(const Node& node, Complaints& complaints);
std::optional<PortRange> read_port_range(const Node& node, Complaints& complaints);
std::vector<PortRange> read_ports(const Node& node, Complaints& complaints);
std::optional<PortRange> parse_ports(std::string_view text, const Node& node, Complaints& complaints);

// "50mbit"; "20000pps" where packets may be counted. Complains and answers nothing when it is none that can
// be kept.
std::optional<Rate> read_rate(const Node& node, bool packets, Complaints& complaints);

}   // namespace sluice::config
