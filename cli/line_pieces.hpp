// SPDX-License-Identifier: GPL-2.0-or-later
// Lines of JSON that come in pieces.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace sluice::cli {

class LinePieces {
 public:
  // `each` is given the objects of the lines that are complete now; what is none is left out.
  template <class Each>
  void take(std::string_view piece, const Each& each) {
    waiting_ += piece;
    size_t at = 0;
    for (size_t end = 0; (end = waiting_.find('\n', at)) != std::string::npos; at = end + 1) {
      const auto row = nlohmann::json::parse(std::string_view(waiting_).substr(at, end - at), nullptr, false);
      if (row.is_object()) each(row);
    }
    waiting_.erase(0, at);
  }

 private:
  std::string waiting_;   // the beginning of a line
};

}   // namespace sluice::cli
