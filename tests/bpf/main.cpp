// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>
#include <unistd.h>

#include <iostream>

#include "count/recorded.hpp"
#include "kernel/bpf/libbpf_log.hpp"

namespace {

constexpr int kSkipped = 77;   // as CMakeLists.txt tells ctest

bool only_lists(int argc, char** argv) {
  for (int i = 1; i < argc; ++i)
    if (std::string_view(argv[i]).starts_with("--gtest_list_tests")) return true;
  return false;
}

}   // namespace

int main(int argc, char** argv) {
  const bool listing = only_lists(argc, argv);
  testing::InitGoogleTest(&argc, argv);
  if (geteuid() != 0 && !listing) {
    std::cout << "skipped: loading BPF programs and making a network namespace needs root" << std::endl;
    return kSkipped;
  }
  sluice::silence_libbpf();
  sluice::test::record_programs();
  return RUN_ALL_TESTS();
}
