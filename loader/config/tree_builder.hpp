// SPDX-License-Identifier: GPL-2.0-or-later
// Receives the events of nlohmann's SAX parser and builds the tree. The parser tells no positions: a cursor
// follows it through the text token by token, which is easy because every token was just accepted.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "config/syntax.hpp"
#include "config/tree.hpp"

namespace sluice::config {

class TreeBuilder {
 public:
  using Json = nlohmann::json;

  TreeBuilder(std::string_view text, Tree& tree);

  bool null() { return scalar(Kind::kNull); }
  bool boolean(bool) { return scalar(Kind::kBoolean); }
  bool number_integer(Json::number_integer_t) { return scalar(Kind::kNumber); }
  bool number_unsigned(Json::number_unsigned_t) { return scalar(Kind::kNumber); }
  bool number_float(Json::number_float_t, const std::string&) { return scalar(Kind::kNumber); }
  bool string(std::string& value);
  bool binary(Json::binary_t&) { return false; }   // not in JSON text
  bool start_object(size_t) { return open(Kind::kObject); }
  bool start_array(size_t) { return open(Kind::kList); }
  bool key(std::string& value);
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) { return false; }

  const ParseState& state() const { return state_; }
  const std::optional<Flaw>& bound() const { return bound_; }   // a limit that was passed

 private:
  Node* add(Kind kind);   // nullptr: a limit was passed
  bool scalar(Kind kind);
  bool open(Kind kind);
  bool close();
  void adopt(Node& child);
  void value_ends(size_t at);
  uint32_t end_of(size_t begin, const std::string& value) const;
  std::string_view keep(size_t begin, size_t end, std::string& value);

  std::string_view text_;
  Tree& tree_;
  ParseState state_;
  std::optional<Flaw> bound_;
  Node* open_ = nullptr;   // the innermost open container
  int depth_ = 0;
  uint32_t key_begin_ = 0, key_end_ = 0;
  std::string_view key_;
};

}   // namespace sluice::config
