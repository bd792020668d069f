// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice help [VERB]`
#include <filesystem>

#include "base/file.hpp"
#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/help.hpp"
#include "cli/manual.hpp"

namespace sluice::cli {
namespace {

constexpr unsigned kReadable = 0644;

Result<> write_manual(const std::filesystem::path& directory) {
  for (const ManualPage& page : manual_pages())
    TRY(write_file_atomically(directory / page.file, page.text, kReadable));
  return {};
}

}   // namespace

Outcome run_help(Call& call) {
  if (call.arguments.has("man")) {
    TRY(write_manual(call.arguments.value("man")));
    return kExitDone;
  }
  const bool markdown = call.arguments.has("markdown");
  call.console.out(markdown ? commands_markdown() : TRY(help_of_words(call.arguments.operands)));
  return kExitDone;
}

}   // namespace sluice::cli
