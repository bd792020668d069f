// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/csv.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice {
namespace {

class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : rest_(text) {}

  Result<std::vector<CsvRecord>> read() {
    std::vector<CsvRecord> records;
    while (!rest_.empty())
      if (!take_line_end()) records.push_back(TRY(read_record()));
    return records;
  }

 private:
  Result<CsvRecord> read_record() {
    CsvRecord record{.line = line_};
    do {
      record.cells.push_back(TRY(read_cell()));
    } while (take(","));
    if (!rest_.empty() && !take_line_end())
      return complain(line_, "after a closing quote comes neither a comma nor the line's end");
    return record;
  }

  Result<std::string> read_cell() { return take("\"") ? read_quoted() : read_plain(); }

  Result<std::string> read_plain() {
    std::string_view cell = rest_.substr(0, rest_.find_first_of(",\n"));
    if (cell.ends_with('\r') && !rest_.substr(cell.size()).starts_with(',')) cell.remove_suffix(1);
    if (cell.contains('"'))
      return complain(line_,
                      "a quote in the middle of a cell: quote all of the cell, and write its quotes twice");
    rest_.remove_prefix(cell.size());
    return std::string(cell);
  }

  Result<std::string> read_quoted() {
    const int began = line_;
    std::string cell;
    for (;;) {
      const size_t end = rest_.find('"');
      if (end == std::string_view::npos) return complain(began, "a quote is opened here and not closed");
      cell += rest_.substr(0, end);
      line_ += static_cast<int>(std::count(rest_.begin(), rest_.begin() + end, '\n'));
      rest_.remove_prefix(end + 1);
      if (!take("\"")) return cell;
      cell += '"';   // it was written twice
    }
  }

  bool take(std::string_view wanted) {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(wanted.size());
    return true;
  }

  bool take_line_end() {
    if (!take("\n") && !take("\r\n") && !take_last_cr()) return false;
    ++line_;
    return true;
  }

  // Of a last line whose LF was cut off.
  bool take_last_cr() { return rest_ == "\r" && take("\r"); }

  static std::unexpected<Error> complain(int line, std::string_view what) {
    return fail(fmt::format("line {}: {}", line, what), ErrorKind::kInvalidDocument);
  }

  std::string_view rest_;
  int line_ = 1;
};

}   // namespace

Result<std::vector<CsvRecord>> parse_csv(std::string_view text) { return CsvReader(text).read(); }

}   // namespace sluice
