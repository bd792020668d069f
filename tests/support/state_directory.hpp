// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace sluice::test {

// An empty directory per test, removed at its end.
class StateDirectoryTest : public testing::Test {
 protected:
  StateDirectoryTest() {
    std::string name = (std::filesystem::temp_directory_path() / "sluice-state-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    dir_ = root_;
  }
  ~StateDirectoryTest() override { std::filesystem::remove_all(root_); }

  std::filesystem::path dir_;

 private:
  std::filesystem::path root_;
};

}   // namespace sluice::test
