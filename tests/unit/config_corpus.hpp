// SPDX-License-Identifier: GPL-2.0-or-later
// The documents under tests/golden/documents and the examples, as parameters of tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.hpp"

namespace sluice::test {

inline const std::filesystem::path kSource = SLUICE_SOURCE_DIR;
inline const std::filesystem::path kDocuments = kSource / "tests/golden/documents";
inline const std::filesystem::path kExamples = kSource / "config/examples";

inline std::string text_of(const std::filesystem::path& file) { return read_file(file, 64u << 20).value(); }

inline std::vector<std::filesystem::path> documents_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

inline std::vector<std::filesystem::path> documents_in(const std::vector<std::filesystem::path>& folders) {
  std::vector<std::filesystem::path> all;
  for (const auto& folder : folders) {
    const auto files = documents_in(folder);
    all.insert(all.end(), files.begin(), files.end());
  }
  return all;
}

// A document that names its engine, without that line.
inline std::string without_engine(std::string text) {
  const size_t at = text.find("\"engine\":");
  return at == std::string::npos ? text : text.erase(at, text.find(',', at) + 1 - at);
}

// GoogleTest takes letters, digits and underscores.
inline std::string name_of(const testing::TestParamInfo<std::filesystem::path>& info) {
  std::string name = info.param.parent_path().filename().string() + "_" + info.param.stem().string();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name;
}

// Compares with tests/golden/complaints/NAME.txt, or writes it when SLUICE_GOLDEN_UPDATE is set.
inline void expect_golden(const std::string& name, const std::string& text) {
  const auto file = kSource / "tests/golden/complaints" / (name + ".txt");
  if (std::getenv("SLUICE_GOLDEN_UPDATE")) {
    ASSERT_TRUE(write_file_atomically(file, text, 0644));
  } else {
    EXPECT_EQ(text, read_file(file, 1u << 20).value_or("(no such file)"))
        << "SLUICE_GOLDEN_UPDATE=1 writes " << file << " anew";
  }
}

}   // namespace sluice::test
