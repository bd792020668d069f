// SPDX-License-Identifier: GPL-2.0-or-later
#include "bundle/part_files.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace sluice {

using nlohmann::json;

void PartFiles::add(const std::string& name, const Result<std::string>& text) {
  if (!text) return note(fmt::format("{}: {}", name, text.error().message));
  std::string scrubbed = scrubber_.scrub(*text);   // before the cut, which may be within a secret
  if (scrubbed.size() > kMostFileBytes) {
    note(fmt::format("{}: {} of {} bytes are in it", name, kMostFileBytes, scrubbed.size()));
    scrubbed.resize(kMostFileBytes);
  }
  // A cut, or a text of somebody else's, may end within a character.
  for (auto bad = find_invalid_utf8(scrubbed); bad; bad = find_invalid_utf8(scrubbed)) scrubbed[*bad] = '?';
  files_[name] = std::move(scrubbed);
}

void PartFiles::add(const std::string& name, const Result<json>& value) {
  if (!value) return note(fmt::format("{}: {}", name, value.error().message));
  add(name, Result<std::string>(value->dump(2, ' ', false, json::error_handler_t::replace) + "\n"));
}

void PartFiles::add(const std::string& name, const Result<std::vector<std::string>>& lines) {
  if (!lines) return note(fmt::format("{}: {}", name, lines.error().message));
  add(name, Result<std::string>(lines->empty() ? "" : join(*lines, "\n") + "\n"));
}

json PartFiles::take() { return {{"files", std::move(files_)}, {"notes", std::move(notes_)}}; }

}   // namespace sluice
