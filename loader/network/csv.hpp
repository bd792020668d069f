// SPDX-License-Identifier: GPL-2.0-or-later
// Comma-separated values as in RFC 4180, with lines that end in LF or CRLF.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace sluice {

struct CsvRecord {
  int line = 0;                     // that it begins on, from 1
  std::vector<std::string> cells;   // never empty; quotes are taken away, blanks are not
};

// Empty lines are skipped. An error begins with "line 7: ".
Result<std::vector<CsvRecord>> parse_csv(std::string_view text);

}   // namespace sluice
