// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/row_text.hpp"

#include <fmt/format.h>

#include "api/router.hpp"

namespace sluice {
namespace {

using nlohmann::json;

std::string text_of(const json& row) { return row.dump(-1, ' ', false, json::error_handler_t::replace); }

}   // namespace

Result<bool> RowText::next(std::string& text) {
  std::vector<json> rows;
  const bool more = TRY(rows_->next(rows));
  if (!std::exchange(begun_, true))
    text += fmt::format("{{\"schema_version\":{},\"{}\":[\n", kSchemaVersion, list_);
  for (const json& row : rows) {
    if (std::exchange(has_row_, true)) text += ",\n";
    text += text_of(row);
  }
  if (!more) text += has_row_ ? "\n]}\n" : "]}\n";
  return more;
}

void RowLines::take(std::string_view piece) {
  for (size_t end = piece.find('\n'); end != std::string_view::npos; end = piece.find('\n')) {
    rest_ += piece.substr(0, end);
    take_line(std::exchange(rest_, {}));
    piece.remove_prefix(end + 1);
  }
  rest_ += piece;
}

void RowLines::take_line(std::string_view line) {
  if (head_.is_discarded()) return take_head(line);
  if (line.starts_with(']')) {
    ended_ = true;
    return;
  }
  if (line.ends_with(',')) line.remove_suffix(1);
  if (json row = json::parse(line, nullptr, false); row.is_object()) each_(std::move(row));
}

// A daemon may have all of it on one line.
void RowLines::take_head(std::string_view line) {
  const bool has_more = line.ends_with('[');
  head_ = json::parse(has_more ? std::string(line) + "]}" : std::string(line), nullptr, false);
  ended_ = !has_more;
  if (const auto list = head_.is_object() ? head_.find(list_) : head_.end(); list != head_.end())
    for (json& row : *list) each_(std::move(row));
}

json RowLines::finish() {
  if (!ended_ || !head_.is_object()) return json(json::value_t::discarded);
  head_.erase(list_);
  return std::move(head_);
}

}   // namespace sluice
