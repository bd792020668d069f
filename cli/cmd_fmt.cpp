// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice fmt FILE`: the canonical layout, printed, written back, or only compared.
#include <fmt/format.h>
#include <sys/stat.h>

#include "base/file.hpp"
#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/document_file.hpp"
#include "cli/terminal_text.hpp"

namespace sluice::cli {
namespace {

unsigned mode_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0644;
}

Outcome write_back(const std::string& path, const DocumentFile& document, const std::string& formatted) {
  if (path == "-") return fail("standard input cannot be written back: leave out --write", ErrorKind::kUsage);
  if (document.text == formatted) return kExitDone;
  TRY(write_file_atomically(path, formatted, mode_of(path)));
  return kExitDone;
}

Outcome compare(Call& call, const DocumentFile& document, const std::string& formatted) {
  if (document.text == formatted) return kExitDone;
  call.console.err(escape_for_terminal(fmt::format("{}: not in canonical layout", document.name)));
  return kExitDifferent;
}

}   // namespace

Outcome run_fmt(Call& call) {
  const auto& arguments = call.arguments;
  if (arguments.has("write") && arguments.has("check"))
    return fail("fmt: --write and --check exclude each other", ErrorKind::kUsage);
  const auto document = TRY(read_document(call));
  const auto formatted = TRY(format_document(document.text, document.name));
  if (arguments.has("check")) return compare(call, document, formatted);
  if (arguments.has("write")) return write_back(arguments.operands[0], document, formatted);
  call.console.out(formatted);
  return kExitDone;
}

}   // namespace sluice::cli
