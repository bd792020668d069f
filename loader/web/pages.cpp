// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/pages.hpp"

#include <algorithm>

namespace sluice {

const WebFile* web_file_at(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  if (!path.starts_with('/')) return nullptr;
  const std::string_view name = path == "/" ? "index.html" : path.substr(1);
  const auto files = web_files();
  const auto at = std::ranges::find(files, name, &WebFile::name);
  return at == files.end() ? nullptr : &*at;
}

}   // namespace sluice
