// SPDX-License-Identifier: GPL-2.0-or-later
// A document as a tree of values that know their place in the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace sluice::config {

enum class Kind : uint8_t { kNull, kBoolean, kNumber, kString, kList, kObject };

std::string_view with_article(Kind kind);   // "a string", "an object"

// Byte offsets into the text. Strings are views of the text, or of Tree's own store where the text has
// escapes.
struct Node {
  class Children;

  Kind kind = Kind::kNull;
  uint32_t begin = 0, end = 0;           // of the value, quotes and brackets included
  uint32_t key_begin = 0, key_end = 0;   // of the key, when this is a member of an object
  uint32_t index = 0;                    // among its siblings
  uint32_t count = 0;                    // of its children
  Node* parent = nullptr;
  Node* first = nullptr;
  Node* last = nullptr;
  Node* next = nullptr;
  std::string_view key;
  std::string_view text;   // a string's content; a number, true, false or null as written

  bool is_member() const { return parent && parent->kind == Kind::kObject; }
  uint32_t start() const { return is_member() ? key_begin : begin; }   // with its key
  Children children() const;
  const Node* member(std::string_view name) const;   // the first of this name, or nullptr
};

class Node::Children {
 public:
  struct Iterator {
    const Node* at;
    const Node& operator*() const { return *at; }
    Iterator& operator++() {
      at = at->next;
      return *this;
    }
    bool operator==(const Iterator&) const = default;
  };
  explicit Children(const Node* first) : first_(first) {}
  Iterator begin() const { return {first_}; }
  Iterator end() const { return {nullptr}; }

 private:
  const Node* first_;
};

inline Node::Children Node::children() const { return Children(first); }

// Must not outlive the text that it was made from.
struct Tree {
  std::deque<Node> nodes;              // the root is the first; a deque, because nodes point to each other
  std::deque<std::string> unescaped;   // strings that differ from their spelling
  const Node& root() const { return nodes.front(); }
};

// Where a value sits: "nat.forwards[2].to"; keys that are not plain words are quoted: interfaces["eth1.20"].
std::string path_of(const Node& node);
// The part of such a path that leads to a member; `first`: nothing stands before it.
std::string step_to_key(std::string_view key, bool first);

}   // namespace sluice::config
