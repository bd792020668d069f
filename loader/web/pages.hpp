// SPDX-License-Identifier: GPL-2.0-or-later
// The files of web/, as they were when this was built.
#pragma once

#include <span>
#include <string_view>

namespace sluice {

struct WebFile {
  std::string_view name;   // "index.html"
  std::string_view type;   // of its content
  std::string_view text;
};

std::span<const WebFile> web_files();
// By the target of a request: "/" or "/app.js"; null: there is none.
const WebFile* web_file_at(std::string_view target);

}   // namespace sluice
