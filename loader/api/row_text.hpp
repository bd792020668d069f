// SPDX-License-Identifier: GPL-2.0-or-later
// The text of an answer whose list is read while it is sent. The promise of docs/api.md: the list's rows
// stand on lines of their own, between a line that ends with '[' and one that begins with ']'. So who reads
// it needs not hold all of it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "api/service.hpp"

namespace sluice {

class RowText {
 public:
  RowText(std::string_view list, std::unique_ptr<RowReader> rows) : list_(list), rows_(std::move(rows)) {}

  // Appends the next piece, which may be empty; false: that was the last. After an error the text cannot be
  // finished.
  Result<bool> next(std::string& text);

 private:
  std::string list_;
  std::unique_ptr<RowReader> rows_;
  bool begun_ = false, has_row_ = false;
};

// The same text as it comes, whatever its pieces are.
class RowLines {
 public:
  using Each = std::function<void(nlohmann::json row)>;
  RowLines(std::string_view list, Each each) : list_(list), each_(std::move(each)) {}

  void take(std::string_view piece);
  // The object without its list; discarded (nlohmann) where the text was none.
  nlohmann::json finish();

 private:
  void take_line(std::string_view line);
  void take_head(std::string_view line);

  std::string list_;
  Each each_;
  std::string rest_;   // of a line that has not ended
  nlohmann::json head_ = nlohmann::json(nlohmann::json::value_t::discarded);
  bool ended_ = false;
};

}   // namespace sluice
