// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/take_up.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/file.hpp"

namespace sluice {
namespace {

constexpr size_t kDocumentLimit = 32 << 20;

}   // namespace

Result<> apply_file(Gateway& gateway, const std::filesystem::path& path, std::string why) {
  Revision source;
  source.file = path.string();
  source.text = TRY(read_file(path, kDocumentLimit));
  source.files = TRY(read_regular_files(files_of_sets(source.text), path.parent_path(), kMostSetFileBytes));
  source.who = "sluiced";
  source.why = std::move(why);
  auto checked = check_document(source.text, source.file, {}, source.files);
  if (!checked) {
    for (const Complaint& complaint : checked.error()) spdlog::error("{}", complaint.text);
    return fail(fmt::format("{} is not a valid document", source.file), ErrorKind::kInvalidDocument);
  }
  for (const std::string& warning : checked->warnings) spdlog::warn("{}", warning);
  const Applied applied = TRY(gateway.apply({.document = std::move(checked->document),
                                             .source = std::move(source),
                                             .declared = {},
                                             .degraded = {}}));
  for (const std::string& text : applied.degraded) spdlog::warn("{}", text);
  return {};
}

Result<> take_up_document(Gateway& gateway, const DaemonOptions& options) {
  if (TRY(gateway.resume())) {
    if (!gateway.current()) spdlog::error("no revision is in force");
    if (gateway.current()) spdlog::info("revision {} is in force", gateway.revision());
    for (const std::string& text : gateway.degraded()) spdlog::warn("{}", text);
    return {};
  }
  if (gateway.lost())
    spdlog::warn(
        "rules of sluice run here, and the document that they are of is lost: `sluice apply FILE` takes "
        "over what runs; until then nothing follows what changes on the machine");
  for (const std::string& text : gateway.degraded()) spdlog::warn("{}", text);
  if (!options.config) {
    if (!gateway.lost()) spdlog::info("no document is stored yet; `sluice apply FILE` puts one in force");
    return {};
  }
  return apply_file(gateway, *options.config, "first start with --config");
}

}   // namespace sluice
