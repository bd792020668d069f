// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <msgpack/unpack.hpp>

#include "api/body_reader.hpp"
#include "base/text.hpp"

namespace sluice {
namespace {

constexpr size_t kLongestLine = 4096;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool is_line(std::string_view text) {
  return text.size() <= kLongestLine && std::ranges::none_of(text, is_control) && !find_invalid_utf8(text);
}

std::unexpected<Error> no_line(std::string_view field) {
  return fail(fmt::format("field \"{}\" is not one line of at most {} bytes", field, kLongestLine),
              ErrorKind::kUsage);
}

// To its end, and nothing behind it.
bool read_packed(std::string_view text, BodyReader& reader) {
  PackedBodyReader packed(reader);
  size_t end = 0;
  if (!msgpack::parse(text.data(), text.size(), end, packed)) return false;
  return end == text.size() || reader.refuse(PackedBodyReader::no_message_pack(end));
}

std::string hint(std::string_view word, std::span<const std::string_view> known) {
  const std::vector<std::string> candidates(known.begin(), known.end());
  const auto meant = did_you_mean(word, candidates);
  return meant ? fmt::format(", did you mean \"{}\"?", *meant) : "";
}

}   // namespace

Result<Body> Body::parse(std::string_view text, BodyFormat format) {
  if (text.empty()) return Body{};
  BodyReader reader;
  if (!(format == BodyFormat::kJson ? nlohmann::json::sax_parse(text, &reader) : read_packed(text, reader)))
    return fail("body of the request: " + reader.complaint, ErrorKind::kUsage);
  return std::move(reader.body);
}

Result<> Body::only(std::span<const std::string_view> known) const {
  for (const auto& [name, value] : fields_)
    if (std::ranges::find(known, name) == known.end())
      return fail(fmt::format("unknown field \"{}\"{}", name, hint(name, known)), ErrorKind::kUsage);
  return {};
}

Result<std::string> Body::text(std::string_view field) {
  const auto found = fields_.find(field);
  if (found == fields_.end()) return fail(fmt::format("field \"{}\" is missing", field), ErrorKind::kUsage);
  if (found->second.is_list)
    return fail(fmt::format("field \"{}\" is a list and not one text", field), ErrorKind::kUsage);
  return std::move(found->second.parts.front());
}

Result<std::string> Body::line(std::string_view field, std::string otherwise) {
  if (!fields_.contains(field)) return otherwise;
  auto value = TRY(text(field));
  if (!is_line(value)) return no_line(field);
  return value;
}

Result<std::string> Body::required_line(std::string_view field) {
  auto value = TRY(line(field, ""));
  if (value.empty()) return fail(fmt::format("field \"{}\" is missing", field), ErrorKind::kUsage);
  return value;
}

Result<std::vector<std::string>> Body::lines(std::string_view field) {
  auto values = list(field);
  if (!std::ranges::all_of(values, is_line)) return no_line(field);
  return values;
}

std::vector<std::string> Body::list(std::string_view field) {
  const auto found = fields_.find(field);
  return found == fields_.end() ? std::vector<std::string>{} : std::move(found->second.parts);
}

}   // namespace sluice
