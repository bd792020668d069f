// SPDX-License-Identifier: GPL-2.0-or-later
// The SAX events of one request body. The member names are nlohmann-json's.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "api/body.hpp"

namespace sluice {

class BodyReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit BodyReader(BodyFormat format) : format_(format) {}

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

 private:
  bool refuse(std::string why);
  bool add(std::string text);

  const BodyFormat format_;
  Body::Value* value_ = nullptr;
  bool started_ = false, in_list_ = false;
};

}   // namespace sluice
