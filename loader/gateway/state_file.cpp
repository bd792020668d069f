// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/state_file.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "base/file.hpp"

namespace sluice {

using nlohmann::json;

StateFile::StateFile(const StateFileKind& kind, const std::filesystem::path& state)
    : kind_(kind), path_(state / kind.name) {}

Result<std::string> StateFile::text() const { return read_file(path_, kind_.limit); }

bool StateFile::read(const std::function<void(const json&)>& parse) {
  const auto kept = text();
  if (!kept) return false;
  try {
    parse(json::parse(*kept));
    is_kept_ = true;
    return true;
  } catch (const std::exception&) {
    spdlog::warn("{} is not known any more: {} is damaged", kind_.what, path_.string());
    is_kept_ = false;
    return false;
  }
}

Result<> StateFile::keep(const json& all) {
  const std::string text = all.dump(-1, ' ', false, json::error_handler_t::replace);
  TRY_TO(fmt::format("keep {}", kind_.what), write_file_atomically(path_, text, 0600));
  is_kept_ = true;
  return {};
}

void StateFile::erase() const {
  std::error_code ignored;   // what stays is told with the folder
  std::filesystem::remove(path_, ignored);
}

}   // namespace sluice
