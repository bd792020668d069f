// SPDX-License-Identifier: GPL-2.0-or-later
// The events of one request body, as the readers of JSON and of MessagePack tell them. The member names are
// those of nlohmann-json and of msgpack-cxx.
#pragma once

#include <cstddef>
#include <cstdint>
#include <msgpack/null_visitor.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "api/body.hpp"

namespace sluice {

class BodyReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  Body body;
  std::string complaint;

  bool null() override { return refuse("null is not a value here"); }
  bool boolean(bool) override { return refuse("true and false are not values here"); }
  bool number_integer(number_integer_t number) override { return add(std::to_string(number)); }
  bool number_unsigned(number_unsigned_t number) override { return add(std::to_string(number)); }
  bool number_float(number_float_t, const string_t&) override {
    return refuse("a fraction is not a value here");
  }
  bool string(string_t& text) override { return add(std::move(text)); }
  bool binary(binary_t&) override { return refuse("binary is not a value here"); }
  bool start_object(size_t) override;
  bool key(string_t& name) override;
  bool end_object() override { return true; }
  bool start_array(size_t) override;
  bool end_array() override;
  bool parse_error(size_t offset, const std::string& token, const nlohmann::json::exception& error) override;

  bool refuse(std::string why);

 private:
  bool add(std::string text);

  Body::Value* value_ = nullptr;
  bool started_ = false, in_list_ = false;
};

// Lengths that a body claims cost nothing: text is copied when all of it has been found to be there.
class PackedBodyReader : public msgpack::null_visitor {
 public:
  explicit PackedBodyReader(BodyReader& reader) : reader_(reader) {}

  bool visit_nil() { return is_value() && reader_.null(); }
  bool visit_boolean(bool value) { return is_value() && reader_.boolean(value); }
  bool visit_positive_integer(uint64_t number) { return is_value() && reader_.number_unsigned(number); }
  bool visit_negative_integer(int64_t number) { return is_value() && reader_.number_integer(number); }
  bool visit_float32(float number) { return is_value() && reader_.number_float(number, {}); }
  bool visit_float64(double number) { return is_value() && reader_.number_float(number, {}); }
  bool visit_str(const char* text, uint32_t size);
  bool visit_bin(const char*, uint32_t) { return is_value() && reader_.refuse("binary is not a value here"); }
  bool visit_ext(const char*, uint32_t) {
    return is_value() && reader_.refuse("an extension is not a value here");
  }
  bool start_array(uint32_t size) { return is_value() && reader_.start_array(size); }
  bool end_array() { return reader_.end_array(); }
  bool start_map(uint32_t size) { return is_value() && reader_.start_object(size); }
  bool start_map_key() { return in_key_ = true; }
  bool end_map_key() { return !(in_key_ = false); }
  void parse_error(size_t, size_t offset) { reader_.refuse(no_message_pack(offset)); }
  void insufficient_bytes(size_t, size_t offset) { reader_.refuse(no_message_pack(offset)); }

  static std::string no_message_pack(size_t offset);

 private:
  bool is_value() { return !in_key_ || reader_.refuse("the name of a field is not a text"); }

  BodyReader& reader_;
  bool in_key_ = false;
};

}   // namespace sluice
