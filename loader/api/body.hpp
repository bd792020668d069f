// SPDX-License-Identifier: GPL-2.0-or-later
// The body of a request: one flat JSON object whose values are strings, numbers or lists of them, or the same
// as MessagePack. Read in one pass without recursion, and refused at the first thing deeper: nesting costs a
// client nothing and would cost the daemon its memory.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace sluice {

// A document of megabytes as a JSON string is quoted by one side and unquoted by the other, byte by byte.
// MessagePack's strings say their length, and a library reads them in one piece.
enum class BodyFormat : uint8_t { kJson, kMessagePack };
inline constexpr std::string_view kMessagePackType = "application/vnd.msgpack";
constexpr BodyFormat body_format(std::string_view content_type) {
  return content_type == kMessagePackType ? BodyFormat::kMessagePack : BodyFormat::kJson;
}

class Body {
 public:
  static Result<Body> parse(std::string_view text, BodyFormat format);   // an empty text is an empty object

  // kUsage when a field is there that is not one of these; says which was meant.
  Result<> only(std::span<const std::string_view> known) const;
  Result<std::string> text(std::string_view field);   // required, one string; of MessagePack any bytes
  // One line for logs and lists: UTF-8, at most 4096 bytes, no control character; absent: `otherwise`.
  Result<std::string> line(std::string_view field, std::string otherwise);
  Result<std::string> required_line(std::string_view field);        // the same, and not empty
  std::vector<std::string> list(std::string_view field);            // absent: empty; as text()
  Result<std::vector<std::string>> lines(std::string_view field);   // as list(); each part as of line()
  bool has(std::string_view field) const { return fields_.contains(field); }

 private:
  friend class BodyReader;
  struct Value {
    std::vector<std::string> parts;
    bool is_list = false;
  };
  std::map<std::string, Value, std::less<>> fields_;
};

}   // namespace sluice
