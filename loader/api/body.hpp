// SPDX-License-Identifier: GPL-2.0-or-later
// The body of a request: one flat JSON object whose values are strings, numbers or lists of them. Read in
// one pass without recursion, and refused at the first thing deeper: nesting costs a client nothing and
// would cost the daemon its memory.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace sluice {

class Body {
 public:
  static Result<Body> parse(std::string_view text);   // an empty text is an empty object

  // kUsage when a field is there that is not one of these; says which was meant.
  Result<> only(std::span<const std::string_view> known) const;
  Result<std::string> text(std::string_view field);   // required, one string
  // One line for logs and lists: at most 4096 bytes and no control character; absent: `otherwise`.
  Result<std::string> line(std::string_view field, std::string otherwise);
  std::vector<std::string> list(std::string_view field);   // absent: empty

 private:
  friend class BodyReader;
  struct Value {
    std::vector<std::string> parts;
    bool is_list = false;
  };
  std::map<std::string, Value, std::less<>> fields_;
};

}   // namespace sluice
