// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/document_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.hpp"
#include "cli/arguments.hpp"
#include "cli/change_request.hpp"
#include "cli/console.hpp"

namespace sluice::cli {
namespace {

Result<std::string> read_all(int fd, size_t limit) {
  std::string text;
  char chunk[65536];
  for (;;) {
    const ssize_t got = ::read(fd, chunk, sizeof(chunk));
    if (got == 0) return text;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("read standard input", errno);
    text.append(chunk, static_cast<size_t>(got));
    if (text.size() > limit)
      return fail(fmt::format("standard input: more than {} bytes", limit), ErrorKind::kInvalidDocument);
  }
}

}   // namespace

Result<std::string> read_input(const Call& call, const std::string& name, size_t limit) {
  return name == "-" ? read_all(call.console.in_fd(), limit) : read_file_or_pipe(name, limit);
}

namespace {

Result<DocumentFile> read_document(const Call& call, const std::string& name) {
  // Not inside the braces: GCC 12 forgets the members that are there already when TRY returns.
  auto text = TRY(read_input(call, name, kDocumentLimit));
  return DocumentFile{name == "-" ? "stdin" : name, std::move(text), {}};
}

}   // namespace

Result<DocumentFile> read_document(const Call& call) {
  return read_document(call, call.arguments.operands[0]);
}

Result<DocumentFile> read_document_and_files(const Call& call) {
  return read_document_and_files(call, call.arguments.operands[0]);
}

Result<DocumentFile> read_document_and_files(const Call& call, const std::string& name) {
  DocumentFile document = TRY(read_document(call, name));
  const auto directory = std::filesystem::path(name).parent_path();   // of "-": none
  document.files =
      TRY_TO(document.name, read_regular_files(files_of_sets(document.text), directory, kMostSetFileBytes));
  return document;
}

nlohmann::json request_of(const Call& call, DocumentFile document) {
  nlohmann::json body = {{"file", std::move(document.name)}, {"text", std::move(document.text)}};
  for (auto& [name, text] : document.files) {
    body["file_names"].push_back(name);
    body["file_texts"].push_back(std::move(text));
  }
  put_author(body, call.arguments);
  return body;
}

ApiError refused(const DocumentFile& document, const std::vector<Complaint>& complaints) {
  return {refusal(document.name, complaints), json_of(complaints)};
}

}   // namespace sluice::cli
