// SPDX-License-Identifier: GPL-2.0-or-later
// The document that FILE names.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "api/service.hpp"
#include "cli/command.hpp"
#include "config/config.hpp"

namespace sluice::cli {

inline constexpr size_t kDocumentLimit = 32 * 1024 * 1024;   // bytes

struct DocumentFile {
  std::string name;   // for complaints
  std::string text;
  NamedTexts files;   // that its sets stand in
};

// A file, or standard input where it is "-".
Result<std::string> read_input(const Call& call, const std::string& name, size_t limit);

// FILE, likewise.
Result<DocumentFile> read_document(const Call& call);
// The same with the files that it names, relative to its own place. They are read here and not by the daemon:
// with the caller's permissions, as they are at this moment.
Result<DocumentFile> read_document_and_files(const Call& call);
Result<DocumentFile> read_document_and_files(const Call& call, const std::string& name);

// The body of a request about it.
nlohmann::json request_of(const Call& call, DocumentFile document);

// The error of a document that was refused here.
ApiError refused(const DocumentFile& document, const std::vector<Complaint>& complaints);

}   // namespace sluice::cli
