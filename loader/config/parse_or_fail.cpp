// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/parse_or_fail.hpp"

#include "config/parse.hpp"

namespace sluice::config {

Result<Tree> parse_or_fail(std::string_view text, std::string_view file_name) {
  Complaints complaints(text, file_name);
  auto tree = parse_tree(text, complaints);
  if (complaints.empty()) return std::move(*tree);
  return fail(complaints.errors().front().text, ErrorKind::kInvalidDocument);
}

}   // namespace sluice::config
