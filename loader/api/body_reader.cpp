// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/body_reader.hpp"

#include <fmt/format.h>

namespace sluice {

bool BodyReader::refuse(std::string why) {
  complaint = std::move(why);
  return false;
}

bool BodyReader::add(std::string text) {
  if (!value_) return refuse("the body is not a JSON object");
  value_->parts.push_back(std::move(text));
  return true;
}

bool BodyReader::start_object(size_t) {
  if (started_) return refuse("an object inside the object");
  return started_ = true;
}

bool BodyReader::key(string_t& name) {
  auto [place, is_new] = body.fields_.try_emplace(name);
  value_ = &place->second;
  return is_new || refuse(fmt::format("\"{}\" is there twice", name));
}

bool BodyReader::start_array(size_t) {
  if (!value_) return refuse("the body is not a JSON object");
  if (in_list_) return refuse("a list inside a list");
  return in_list_ = value_->is_list = true;
}

bool BodyReader::end_array() {
  in_list_ = false;
  return true;
}

bool BodyReader::parse_error(size_t offset, const std::string&, const nlohmann::json::exception&) {
  return refuse(fmt::format("not JSON at byte {}", offset));
}

bool PackedBodyReader::visit_str(const char* text, uint32_t size) {
  std::string copy(text, size);
  return in_key_ ? reader_.key(copy) : reader_.string(copy);
}

std::string PackedBodyReader::no_message_pack(size_t offset) {
  return fmt::format("not MessagePack at byte {}", offset);
}

}   // namespace sluice
