// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/config.hpp"
#include "config/layout.hpp"
#include "config/parse_or_fail.hpp"

namespace sluice {

Result<std::string> format_document(std::string_view text, std::string_view file_name) {
  const auto tree = TRY(config::parse_or_fail(text, file_name));
  return config::lay_out(text, tree);
}

}   // namespace sluice
