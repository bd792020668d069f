// SPDX-License-Identifier: GPL-2.0-or-later
#include "show/row_filter.hpp"

#include <algorithm>

namespace sluice {
namespace {

using nlohmann::json;

// ASCII: names of objects are.
void make_small(std::string& text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
}

void add_words(const json& value, std::string& words) {
  if (value.is_structured()) {
    for (const json& part : value) add_words(part, words);
    return;
  }
  if (value.is_null()) return;
  words += value.is_string() ? value.get_ref<const std::string&>()
                             : value.dump(-1, ' ', false, json::error_handler_t::replace);
  words += ' ';
}

}   // namespace

RowFilter::RowFilter(std::string_view text) : text_(text) { make_small(text_); }

bool RowFilter::passes(std::string words) const {
  if (text_.empty()) return true;
  make_small(words);
  return words.find(text_) != std::string::npos;
}

bool RowFilter::passes(const json& row) const {
  if (text_.empty()) return true;
  std::string words;
  add_words(row, words);
  return passes(std::move(words));
}

}   // namespace sluice
