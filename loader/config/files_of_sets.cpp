// SPDX-License-Identifier: GPL-2.0-or-later
#include <cstring>
#include <set>

#include "config/config.hpp"
#include "config/parse.hpp"
#include "config/set_file.hpp"

namespace sluice {

// Broken syntax names no files: the check that follows says what is wrong.
std::vector<std::string> files_of_sets(std::string_view text) {
  constexpr std::string_view kKey = "\"file\"";   // most documents do not have it, and are not read twice
  if (!::memmem(text.data(), text.size(), kKey.data(), kKey.size())) return {};
  config::Complaints complaints(text, "");
  const auto tree = config::parse_tree(text, complaints);
  const config::Node* sets = tree ? tree->root().member("sets") : nullptr;
  std::set<std::string> names;
  if (sets)
    for (const config::Node& set : sets->children())
      if (const config::Node* file = set.member("file");
          file && file->kind == config::Kind::kString && config::is_file_name(file->text))
        names.emplace(file->text);
  return {names.begin(), names.end()};
}

}   // namespace sluice
